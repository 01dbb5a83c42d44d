using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>
/// A client can request everything the metadata names: SDKs register with all of it and send it to every endpoint (cloudflare/mcp#12,
/// open-webui#25978).
/// </summary>
public sealed class PublishedScopesTests
{
    private const int MaximumHint = 512;

    // The settings may name up to 4,096 characters; a scope may well be a URL.
    [Theory]
    [InlineData(1, false, 20)]
    [InlineData(30, false, 20)]
    [InlineData(30, true, 20)]
    [InlineData(93, false, 42)]
    [InlineData(93, true, 42)]
    public async Task Scopes_listed_in_the_metadata_can_be_registered_authorized_redeemed_and_refreshed(
        int count,
        bool standalone,
        int length
    )
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("McpOidc:ResourceServer:PublishAllScopes", "true");
            for (var i = 0; i < count; i++)
            {
                var scope = $"https://api.example/{i}/".PadRight(length, 'x');
                options.Set($"McpOidc:Resources:0:Scopes:{i}", scope);
                options.Set($"McpOidc:ResourceServer:Scopes:{i}", scope);
            }
        });
        using var browser = new Browser();
        foreach (
            var document in new[]
            {
                system.Issuer + "/.well-known/oauth-authorization-server",
                system.McpOrigin + "/.well-known/oauth-protected-resource/mcp",
            }
        )
        {
            using var client = system.CreateClient();
            var metadata = await client.Http.GetFromJsonAsync<JsonObject>(document);
            var scope = string.Join(' ', metadata!["scopes_supported"]!.AsArray().Select(one => one!.ToString()));
            Assert.Contains("https://api.example/0/", scope, StringComparison.Ordinal);
            var registration = OAuthClient.Metadata(client.RedirectUri);
            registration["scope"] = scope;
            await client.RegisterAsync(registration);
            var tokens = await client.RedeemAsync(await client.GetCodeAsync(browser, ("scope", scope)));
            Assert.Equal(scope, tokens["scope"]);
            Assert.Equal(scope, (await client.RefreshAsync(tokens.RefreshToken, ("scope", scope)))["scope"]);
            using var called = await client.CallAsync(system.McpOrigin + "/echo", tokens.AccessToken);
            Assert.Equal(200, (int)called.StatusCode);
        }
    }

    // A hint is truncated at the end of a scope, and the response says so (RFC 7591 §3.2.1).
    [Theory]
    [InlineData(510, 1)]
    [InlineData(511, 1)]
    [InlineData(20, 26)]
    [InlineData(20, 1500)]
    [InlineData(600, 1)]
    [InlineData(1, 10_000)]
    public async Task A_client_can_register_with_a_scope_of_any_length(int length, int count)
    {
        await using var system = await TestSystem.StartAsync();
        string[] scopes = [.. Enumerable.Range(0, count).Select(i => $"{i}".PadRight(length, 'x'))];
        foreach (var metadata in new[] { OAuthClient.Metadata(OAuthClient.DefaultRedirectUri), Stored() })
        {
            using var client = system.CreateClient();
            metadata["scope"] = string.Join(' ', scopes);
            var kept = (await client.RegisterAsync(metadata))["scope"]?.ToString();
            if (kept is not null)
            {
                Assert.InRange(kept.Length, 1, MaximumHint);
                Assert.Equal(scopes[..kept.Split(' ').Length], kept.Split(' '));
                Assert.True(kept.Split(' ').Length == count || kept.Length + 1 + scopes[kept.Split(' ').Length].Length > MaximumHint);
            }
        }
    }

    private static JsonObject Stored() => OAuthClient.StoredMetadata(OAuthClient.DefaultRedirectUri);
}
