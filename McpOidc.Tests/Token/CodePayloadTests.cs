using System.Security.Claims;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Tests.Token;

public sealed class CodePayloadTests
{
    [Fact]
    public async Task The_contents_of_a_code_are_read_only_in_the_grant_for_which_they_were_written()
    {
        await using var system = await TestSystem.StartAsync();
        var payloads = system.Server.Services.GetRequiredService<CodePayload>();
        var identity = new ClaimsIdentity("test");
        identity.SetClaim(Claims.Email, "alice@example.com").SetDestinations(_ => [Destinations.IdentityToken]);
        var sealedContents = await payloads.ProtectAsync(new ClaimsPrincipal(identity), "grant-1", default);

        var read = await payloads.UnprotectAsync(sealedContents, "grant-1", default);
        Assert.Equal("alice@example.com", read.GetClaim(Claims.Email));
        Assert.True(read.FindFirst(Claims.Email)!.HasDestination(Destinations.IdentityToken));
        await Assert.ThrowsAsync<StoredPayloadException>(async () => await payloads.UnprotectAsync(sealedContents, "grant-2", default));
        Assert.Equal(-1, sealedContents.AsSpan().IndexOf("alice"u8));
    }
}
