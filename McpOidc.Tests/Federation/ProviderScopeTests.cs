using System.Text.Json.Nodes;
using McpOidc.Sessions;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Federation;

public sealed class ProviderScopeTests
{
    [Theory]
    [InlineData("""["openid","user:read:email"]""", "openid user:read:email")]
    [InlineData("\"openid\"", "openid")]
    public async Task The_scopes_that_a_provider_granted_are_kept_whether_it_sends_a_text_or_a_list(string sent, string kept)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.TokenAnswer = answer => answer["scope"] = JsonNode.Parse(sent);
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Provider = idp.Settings);

        var users = signedIn.System.Server.Services.GetRequiredService<UserSessions>();
        var user = await users.FindAsync(Subject.From(idp.Issuer, "user-1"), CancellationToken.None);

        Assert.Equal(kept, user!.Tokens!.Scope);
    }
}
