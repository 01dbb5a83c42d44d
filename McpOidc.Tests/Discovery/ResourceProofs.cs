using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Discovery;

/// <summary>A proof for each member of the protected resource metadata (RFC 9728 §2).</summary>
internal static class ResourceProofs
{
    public static IReadOnlyDictionary<string, Func<WalkedSystem, JsonNode, Task>> All { get; } =
        new Dictionary<string, Func<WalkedSystem, JsonNode, Task>>
        {
            ["resource"] = async (system, resource) =>
            {
                using var client = await system.RegisterAsync();
                var tokens = await WalkedSystem.SignInAsync(client, ("resource", resource.ToString()));
                Assert.Equal(resource.ToString(), Jwt.Read(tokens.AccessToken)["aud"]);
                using var refused = await client.CallAsync(resource.ToString(), accessToken: null);
                Assert.Equal(401, (int)refused.StatusCode);
                using var called = await client.CallAsync(resource.ToString(), tokens.AccessToken);
                Assert.NotEqual(401, (int)called.StatusCode);
            },
            ["authorization_servers"] = async (system, servers) =>
            {
                foreach (var server in WalkedSystem.Texts(servers))
                {
                    Assert.Equal(
                        server,
                        (await WalkedSystem.ReadAsync(server + "/.well-known/oauth-authorization-server"))["issuer"]!.ToString()
                    );
                    using var client = new OAuthClient(server, system.System.Resource);
                    await client.RegisterAsync();
                    using var called = await client.CallAsync(
                        system.System.McpOrigin + "/echo",
                        (await WalkedSystem.SignInAsync(client)).AccessToken
                    );
                    Assert.True(called.IsSuccessStatusCode);
                }
            },
            ["bearer_methods_supported"] = async (system, methods) =>
            {
                using var client = await system.RegisterAsync();
                var token = (await WalkedSystem.SignInAsync(client)).AccessToken;
                foreach (var method in new[] { "header", "query", "body" })
                {
                    using var call = new HttpRequestMessage(
                        HttpMethod.Post,
                        system.System.McpOrigin + (method == "query" ? $"/echo?access_token={token}" : "/echo")
                    );
                    call.Headers.Add("Authorization", method == "header" ? ["Bearer " + token] : Array.Empty<string>());
                    call.Content = new FormUrlEncodedContent(method == "body" ? [KeyValuePair.Create("access_token", token)] : []);
                    using var called = await client.Http.SendAsync(call);
                    Assert.Equal(WalkedSystem.Texts(methods).Contains(method), called.IsSuccessStatusCode);
                }
            },
            ["dpop_signing_alg_values_supported"] = async (system, algorithms) =>
            {
                foreach (var algorithm in WalkedSystem.Texts(algorithms))
                {
                    Assert.True((await system.BindAsync(algorithm)).AtResource, algorithm);
                }
            },
            ["scopes_supported"] = async (system, scopes) =>
            {
                using var client = await system.RegisterAsync();
                var asked = string.Join(' ', WalkedSystem.Texts(scopes));
                Assert.Equal(asked, (await WalkedSystem.SignInAsync(client, ("scope", asked)))["scope"]);
            },
            ["resource_name"] = async (system, name) =>
            {
                using var client = await system.RegisterAsync();
                using var browser = new Browser();
                Assert.Contains(name.ToString(), (await client.OpenConsentAsync(browser)).Html!, StringComparison.Ordinal);
            },
        };
}
