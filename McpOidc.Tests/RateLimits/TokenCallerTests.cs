using McpOidc.RateLimits;

namespace McpOidc.Tests.RateLimits;

public sealed class TokenCallerTests
{
    [Theory]
    [InlineData("client", "203.0.113.7", "203.0.113.7\nclient")]
    [InlineData(null, "203.0.113.7", null)]
    [InlineData("client", null, null)]
    public void Failures_of_a_client_at_an_address_are_counted_only_if_both_are_known(string? clientId, string? address, string? key) =>
        Assert.Equal(key, new TokenCaller(clientId, address, SendsProof: false, Held: default, RefreshesByOwnId: false).ClientAtAddress);
}
