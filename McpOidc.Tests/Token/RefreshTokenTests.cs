using McpOidc.Keys;
using McpOidc.Token;

namespace McpOidc.Tests.Token;

public sealed class RefreshTokenTests
{
    private static readonly DerivedKey s_key = new(1, new byte[32]);

    [Theory]
    [InlineData("grant.random", null, 0, false)]
    [InlineData("grant.random~7", null, 7, false)]
    [InlineData("grant.random~7k", null, 7, true)]
    [InlineData("grant.random~subject~7", "subject", 7, false)]
    [InlineData("grant.random~subject~7k", "subject", 7, true)]
    public void A_refresh_token_of_this_version_or_an_earlier_one_is_read(string content, string? subject, int generation, bool isBound)
    {
        var value = TokenMac.Sign(content, s_key);

        Assert.Equal(new RefreshToken("grant", subject, value, generation, isBound), RefreshToken.Read(value, [s_key]));
    }

    [Theory]
    [InlineData("grant.random~subject~7", "grant.random~subject~8")]
    [InlineData("grant.random~subject~7", "grant.random~someone~7")]
    [InlineData("grant.random~subject~7", "other.random~subject~7")]
    public void A_refresh_token_whose_parts_were_exchanged_is_not_ours(string issued, string changed)
    {
        var value = TokenMac.Sign(issued, s_key);

        Assert.Null(RefreshToken.Read(value.Replace(issued, changed, StringComparison.Ordinal), [s_key]));
    }
}
