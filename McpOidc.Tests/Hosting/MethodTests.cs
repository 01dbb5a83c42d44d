using McpOidc.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Hosting;

/// <summary>HTTP methods at every McpOidc endpoint, regardless of which part answers.</summary>
public sealed class MethodTests(MethodTests.EveryEndpoint modes) : IClassFixture<MethodTests.EveryEndpoint>
{
    private static readonly string[] s_methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HEAD_gets_the_same_response_as_GET_without_a_body(bool standalone)
    {
        foreach (var (url, taken) in await EndpointsAsync(standalone))
        {
            Assert.Equal(taken.Contains("GET"), taken.Contains("HEAD"));
            if (taken.Contains("GET"))
            {
                using var get = await SendAsync("GET", url);
                using var head = await SendAsync("HEAD", url);
                Assert.Equal((url, Described(get)), (url, Described(head)));
                Assert.Empty(await head.Content.ReadAsByteArrayAsync());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_unsupported_method_yields_405_with_the_allowed_methods(bool standalone)
    {
        foreach (var (url, taken) in await EndpointsAsync(standalone))
        {
            foreach (var method in s_methods.Except(taken))
            {
                using var response = await SendAsync(method, url);
                Assert.Equal((method, url, 405), (method, url, (int)response.StatusCode));
                Assert.Equal(taken.Order(), response.Content.Headers.Allow.Order());
            }
        }
    }

    [Theory]
    [InlineData("PUT", "/token")]
    [InlineData("POST", "/jwks")]
    [InlineData("DELETE", "/.well-known/openid-configuration")]
    [InlineData("GET", "/register")]
    public async Task A_script_from_any_origin_can_read_that_a_method_is_not_allowed(string method, string path)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var response = await SendAsync(method, signedIn.System.Issuer + path);
        Assert.Equal(405, (int)response.StatusCode);
        Assert.Equal("*", Assert.Single(response.Headers.GetValues("Access-Control-Allow-Origin")));
    }

    /// <summary>Every McpOidc URL with its allowed methods. Omits endpoints that route all methods and decide themselves which ones to
    /// reject.</summary>
    private async Task<IReadOnlyList<(string Url, IReadOnlySet<string> Methods)>> EndpointsAsync(bool standalone)
    {
        var signedIn = await modes.InAsync(standalone);
        var found = new List<(string Url, IReadOnlySet<string> Methods)>();
        foreach (var site in signedIn.System.Sites)
        {
            var endpoints = site
                .Services.GetRequiredService<EndpointDataSource>()
                .Endpoints.OfType<RouteEndpoint>()
                .Where(endpoint => endpoint.Metadata.GetMetadata<OwnEndpoint>() is not null)
                .Select(endpoint =>
                    (
                        Parts: endpoint.RoutePattern.RawText!.Trim('/').Split('/'),
                        Methods: endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []
                    )
                )
                .Where(endpoint => endpoint.Methods.Count > 0)
                .ToList();
            found.AddRange(
                endpoints
                    .Select(endpoint => string.Join('/', endpoint.Parts.Select(part => part.Trim('{', '}'))))
                    .Distinct()
                    .Select(path =>
                        (
                            site.Origin + "/" + path,
                            (IReadOnlySet<string>)
                                endpoints.Where(one => Matches(one.Parts, path.Split('/'))).SelectMany(one => one.Methods).ToHashSet()
                        )
                    )
            );
        }

        Assert.True(found.Count > 8, "No endpoints of ours were found.");
        return found;
    }

    private static bool Matches(string[] pattern, string[] path) =>
        pattern.Length == path.Length && pattern.Zip(path).All(part => part.First == part.Second || part.First.StartsWith('{'));

    private async Task<HttpResponseMessage> SendAsync(string method, string url)
    {
        var signedIn = await modes.InAsync(standalone: false);
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        return await signedIn.Client.Http.SendAsync(request);
    }

    /// <summary>Includes the endpoints that settings enable.</summary>
    public sealed class EveryEndpoint : BothModes
    {
        protected override void Configure(TestSystemOptions options, bool standalone)
        {
            base.Configure(options, standalone);
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:Admin:Key", "a key of the operator that is long enough for anyone");
            options.Set("McpOidc:RateLimits:Enabled", "false");
        }
    }

    private static (int, string?, string?) Described(HttpResponseMessage response) =>
        ((int)response.StatusCode, response.Content.Headers.ContentType?.ToString(), response.Headers.CacheControl?.ToString());
}
