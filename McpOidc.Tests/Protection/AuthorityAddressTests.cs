using System.Collections.Concurrent;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Protection;

/// <summary>In a container, an MCP server reaches the authorization server under a different name than browsers do.</summary>
public sealed class AuthorityAddressTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<(string Method, string Path, string Host, string Scheme)> _asked = new();
    private readonly int _port = Loopback.FreePort();
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(30) };
    private readonly int _serverPort = Loopback.FreePort();
    private WebApplication _inside = null!;

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(_port));
        _inside = builder.Build();
        _inside.Run(RelayAsync);
        await _inside.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async Task DisposeAsync()
    {
        await _inside.DisposeAsync();
        _http.Dispose();
    }

    [Fact]
    public async Task Metadata_key_and_forwarded_requests_go_to_the_internal_address_with_the_host_of_the_issuer()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.ServerPort = _serverPort;
            options.Set("McpOidc:AuthorityAddress", $"http://localhost:{_port}");
        });

        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        using var form = new FormUrlEncodedContent([new("grant_type", "refresh_token"), new("refresh_token", "unknown")]);
        using var forwarded = await signedIn.Client.Http.PostAsync(signedIn.System.McpOrigin + "/token", form);

        // It names no client.
        Assert.Equal(401, (int)forwarded.StatusCode);
        Assert.Contains(_asked, asked => asked is { Method: "GET", Path: "/.well-known/openid-configuration" });
        Assert.Contains(
            _asked,
            asked => asked.Path.EndsWith("jwks", StringComparison.Ordinal) || asked.Path.EndsWith("jwks.json", StringComparison.Ordinal)
        );
        Assert.Contains(_asked, asked => asked is { Method: "POST", Path: "/token" });
        Assert.All(_asked, asked => Assert.Equal(($"localhost:{_serverPort}", "http"), (asked.Host, asked.Scheme)));
        // Browsers and clients only see the issuer.
        Assert.DoesNotContain(
            $"{_port}",
            await signedIn.Client.Http.GetStringAsync(signedIn.System.McpOrigin + "/.well-known/oauth-protected-resource/mcp"),
            StringComparison.Ordinal
        );
    }

    private async Task RelayAsync(HttpContext http)
    {
        var request = http.Request;
        _asked.Enqueue((request.Method, request.Path.Value!, request.Host.Value!, request.Headers["X-Forwarded-Proto"].ToString()));
        using var relayed = new HttpRequestMessage(
            new HttpMethod(request.Method),
            $"http://localhost:{_serverPort}{request.Path}{request.QueryString}"
        );
        if (HttpMethods.IsPost(request.Method))
        {
            relayed.Content = new StreamContent(request.Body);
            relayed.Content.Headers.TryAddWithoutValidation("Content-Type", request.ContentType);
        }

        using var answer = await _http.SendAsync(relayed, http.RequestAborted);
        (http.Response.StatusCode, http.Response.ContentType) = ((int)answer.StatusCode, answer.Content.Headers.ContentType?.ToString());
        await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}
