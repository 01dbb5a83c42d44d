using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.Simulators;

/// <summary>Sends the same requests as a client that cannot run here, in its order: first call, metadata, registration, authorization,
/// tokens, calls.</summary>
public abstract record SimulatedClient
{
    /// <summary>The client's metadata: its metadata document or, without a <c>client_id</c>, the body of its registration.</summary>
    public abstract JsonObject Metadata { get; }

    /// <summary>The <c>jwks_uri</c> of its document, and the key that it authenticates with.</summary>
    public virtual (string Url, ClientKey Key)? KeySet => null;

    /// <summary>The redirect URI that it actually uses.</summary>
    public abstract string RedirectUri { get; }

    /// <summary>Where it looks for metadata, in order; <c>{mcp}</c> and <c>{issuer}</c> stand for the origins. All must answer.</summary>
    public virtual string[] Probes => ["{mcp}/.well-known/oauth-protected-resource/mcp", "{issuer}/.well-known/oauth-authorization-server"];

    /// <summary>Its changes to the authorization request; <see langword="null"/> removes a parameter.</summary>
    public virtual (string Name, string? Value)[] Authorization => [];

    public virtual string ProtocolVersion => "2025-11-25";

    /// <summary>Sent with every request of a client that runs in a browser.</summary>
    public virtual string? Origin => null;

    /// <summary>Its <c>resource</c> parameter: as in the metadata, unless the client spells it differently.</summary>
    public virtual string ResourceOf(TestSystem system) => system.Resource;

    /// <summary>Runs the whole journey and returns the final tokens.</summary>
    public async Task<TokenAnswer> RunAsync(DocumentSystem documents)
    {
        var system = documents.System;
        using var client = new OAuthClient(system.Issuer, ResourceOf(system)) { RedirectUri = RedirectUri };
        using var browser = new Browser();
        Assert.Equal(401, await CallAsync(client, system, token: null));
        foreach (var probe in Probes)
        {
            await ProbeAsync(
                client,
                probe
                    .Replace("{mcp}", system.McpOrigin, StringComparison.Ordinal)
                    .Replace("{issuer}", system.Issuer, StringComparison.Ordinal)
            );
        }

        await IdentifyAsync(client, documents.Host);
        var authorized = await client.AuthorizeAsync(browser, Authorization);
        Assert.Equal(system.Issuer, authorized.Query("iss"));
        var tokens = await client.RedeemAsync(
            authorized.Query("code") ?? throw new InvalidOperationException($"{authorized.Uri} {authorized.Html}")
        );
        Assert.Equal(200, await CallAsync(client, system, tokens.AccessToken));

        // From two processes, or from two addresses of a service, at once.
        var refreshed = await Task.WhenAll(
            client.RefreshAsync(tokens.RefreshToken),
            client.RefreshAsync(tokens.RefreshToken, ("resource", null))
        );
        Assert.All(refreshed, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(refreshed[0].RefreshToken, refreshed[1].RefreshToken);
        Assert.Equal(200, await CallAsync(client, system, refreshed[1].AccessToken));

        // The error of a server that forgot the client must make it register again.
        client.ClientId = "forgotten";
        client.ClientSecret = client.ClientSecret is null ? null : "forgotten";
        var unknown = await client.RefreshAsync(refreshed[0].RefreshToken);
        Assert.Equal((401, "invalid_client"), (unknown.Status, unknown.Error));
        await IdentifyAsync(client, documents.Host);
        return await client.RedeemAsync(await client.GetCodeAsync(browser, Authorization));
    }

    private async Task IdentifyAsync(OAuthClient client, DocumentHost internet)
    {
        if (Metadata["client_id"] is not { } url)
        {
            await client.RegisterAsync(Metadata);
            return;
        }

        client.ClientId = url.GetValue<string>();
        internet.Serve(client.ClientId, Metadata);
        if (KeySet is (var keys, var key))
        {
            internet.Serve(keys, key.Jwks);
            client.Key = key;
        }
    }

    private async Task ProbeAsync(OAuthClient client, string url)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        Decorate(request);
        using var response = await client.Http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{url} {(int)response.StatusCode}");
        Assert.NotEmpty((await response.Content.ReadFromJsonAsync<JsonObject>())!);
    }

    private async Task<int> CallAsync(OAuthClient client, TestSystem system, string? token)
    {
        var body =
            $$"""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"{{ProtocolVersion}}","capabilities":{},"clientInfo":{"name":"simulated","version":"1"} } }""";
        using var request = new HttpRequestMessage(HttpMethod.Post, system.Resource)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        Decorate(request);
        using var response = await client.Http.SendAsync(request);
        return (int)response.StatusCode;
    }

    private void Decorate(HttpRequestMessage request)
    {
        request.Headers.Add("MCP-Protocol-Version", ProtocolVersion);
        if (Origin is not null)
        {
            request.Headers.Add("Origin", Origin);
        }
    }

    protected static JsonArray Array(params string[] items) => [.. items.Select(item => (JsonNode)item)];
}
