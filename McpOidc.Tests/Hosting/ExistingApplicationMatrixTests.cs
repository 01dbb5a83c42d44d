using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// Features that applications bring themselves, one at a time and all together, in each role: the application's endpoints answer byte for
/// byte as without McpOidc, and McpOidc's endpoints work beside them.
/// </summary>
public sealed class ExistingApplicationMatrixTests : IDisposable
{
    private const string All = "all";
    private const string Users = "own users";

    private static readonly Dictionary<string, ApplicationFeature> s_features = ApplicationFeature.All;
    private readonly string _folder = Directory.CreateTempSubdirectory("mcpoidc-existing-").FullName;

    public static TheoryData<string, ApplicationRole> Matrix
    {
        get
        {
            var data = new TheoryData<string, ApplicationRole>();
            foreach (var feature in s_features.Keys.Append(All))
            {
                foreach (var role in Enum.GetValues<ApplicationRole>())
                {
                    data.Add(feature, role);
                }
            }

            return data;
        }
    }

    public enum ApplicationRole
    {
        Integrated,
        ProtectOnly,
        AuthorizationServerOnly,
        TwoResources,

        /// <summary>Integrated, with the application's own users, the device grant and personal access tokens.</summary>
        OwnUsers,
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task The_endpoints_of_an_application_respond_as_without_McpOidc_and_ours_work_beside_them(
        string name,
        ApplicationRole role
    )
    {
        var features = name == All ? s_features.Values.ToList() : [s_features[name]];
        if (role is ApplicationRole.OwnUsers)
        {
            features.Add(new(services => services.AddAuthentication().AddCookie(Users)));
        }

        await using var without = await StartAsync(features, role: null);
        await using var with = await StartAsync(features, role);
        foreach (var request in OwnRequests())
        {
            Assert.Equal(await AnswerAsync(without, request()), await AnswerAsync(with, request()));
        }

        await AssertOursWorkAsync(with, role);
    }

    [Theory]
    [InlineData(ApplicationRole.Integrated)]
    [InlineData(ApplicationRole.ProtectOnly)]
    public async Task An_application_logs_its_requests_as_it_does_without_McpOidc(ApplicationRole role)
    {
        foreach (var used in new ApplicationRole?[] { null, role })
        {
            using var logs = new LogSink();
            await using var app = await StartAsync([s_features["large bodies"]], used, logs);
            await AnswerAsync(app, new(HttpMethod.Post, "/own/upload?x=1"));
            Assert.Contains(logs.Lines, line => line.Contains("/own/upload?x=1", StringComparison.Ordinal));
        }
    }

    private static IEnumerable<Func<HttpRequestMessage>> OwnRequests()
    {
        string[] paths =
        [
            "/own/private",
            "/own/by-key",
            "/own/controller",
            "/own/fault",
            "/own/refused",
            "/own/cors",
            "/own/caller",
            "/own/limited",
            "/own/limited",
            "/healthz",
            .. ApplicationFeature.Uploads,
            "/own/form",
            "/own/nothing",
            "/devices",
            "/account/own",
            "/",
            "/mcp-docs",
            "/oauth",
            "/tokens",
        ];
        foreach (var path in paths)
        {
            yield return () => new(HttpMethod.Get, path);
            yield return () => new(HttpMethod.Get, path) { Headers = { { "Origin", "https://evil.example" } } };
            yield return () => new(HttpMethod.Get, path) { Headers = { { "Origin", "https://friend.example" } } };
            yield return () =>
                new(HttpMethod.Options, path)
                {
                    Headers = { { "Origin", "https://friend.example" }, { "Access-Control-Request-Method", "DELETE" } },
                };
            yield return () => new(HttpMethod.Get, path) { Headers = { Host = "other.example" } };
            yield return () =>
                new(HttpMethod.Get, path)
                {
                    Headers =
                    {
                        { "X-Forwarded-For", "192.0.2.7, 192.0.2.8" },
                        { "X-Forwarded-Proto", "https" },
                        { "X-Forwarded-Host", "front.example" },
                    },
                };
            yield return () => new(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "key") } };
            yield return () => new(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Basic", "eDp5") } };
            yield return () => new(HttpMethod.Post, path) { Content = new ByteArrayContent(new byte[200 * 1024]) };
            yield return () =>
                new(HttpMethod.Post, path)
                {
                    Content = new MultipartFormDataContent("boundary") { { new StringContent("x"), "file", "x.txt" } },
                };
        }
    }

    private static async Task AssertOursWorkAsync(WebApplication app, ApplicationRole role)
    {
        using var http = Client(app);
        if (role is not ApplicationRole.AuthorizationServerOnly)
        {
            string[] paths = role is ApplicationRole.TwoResources ? ["/mcp", "/b/mcp"] : ["/mcp"];
            foreach (var path in paths)
            {
                using var metadata = await http.GetAsync("/.well-known/oauth-protected-resource" + path);
                Assert.Equal(HttpStatusCode.OK, metadata.StatusCode);
                using var refused = await http.PostAsync(path, null);
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
                Assert.Contains(path, Assert.Single(refused.Headers.WwwAuthenticate).Parameter!, StringComparison.Ordinal);
            }
        }

        if (role is ApplicationRole.OwnUsers)
        {
            foreach (var page in new[] { "/device", "/account", "/account/tokens" })
            {
                using var sent = await http.GetAsync(page);
                Assert.Equal(HttpStatusCode.SeeOther, sent.StatusCode);
                Assert.Contains("/oauth/application", sent.Headers.Location!.OriginalString, StringComparison.Ordinal);
            }

            using var unknown = await http.PostAsync("/device_authorization", new FormUrlEncodedContent([new("client_id", "nobody")]));
            Assert.Contains("invalid_client", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        if (IsServer(role))
        {
            using var registered = await http.PostAsJsonAsync("/register", OAuthClient.Metadata(OAuthClient.DefaultRedirectUri));
            Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
            using var refused = await http.PostAsync("/token", new FormUrlEncodedContent([new("grant_type", "authorization_code")]));
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.Equal(HttpStatusCode.BadRequest, (await http.GetAsync("/authorize")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/jwks")).StatusCode);
        }
    }

    private static async Task<string> AnswerAsync(WebApplication app, HttpRequestMessage request)
    {
        using var http = Client(app);
        using var response = await http.SendAsync(request);
        var headers = response
            .Headers.Concat(response.Content.Headers)
            .Where(header => header.Key is not "Date")
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}")
            .Order(StringComparer.Ordinal);
        var answer =
            $"{request.Method} {request.RequestUri}\n{(int)response.StatusCode}\n"
            + $"{string.Join('\n', headers)}\n{await response.Content.ReadAsStringAsync()}";
        // The two listen on different ports; problem details contain a trace id, and the developer exception page a stack trace.
        return System.Text.RegularExpressions.Regex.Replace(
            answer.Replace(new Uri(app.Urls.Single()).Authority, "own", StringComparison.Ordinal),
            "\"traceId\":\"[^\"]+\"|\n   at [^\n]+",
            ""
        );
    }

    private static HttpClient Client(WebApplication app) =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = new Uri(app.Urls.Single()),
            Timeout = TimeSpan.FromSeconds(30),
        };

    private async Task<WebApplication> StartAsync(IReadOnlyList<ApplicationFeature> features, ApplicationRole? role, LogSink? logs = null)
    {
        var origin = $"http://localhost:{Loopback.FreePort()}";
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls(origin);
        builder.Logging.ClearProviders();
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Information);
        }

        foreach (var feature in features)
        {
            feature.Add(builder.Services);
        }

        builder.Services.AddAuthorization();
        Add(builder, origin, role);
        var app = builder.Build();
        features.ToList().ForEach(feature => feature.Before?.Invoke(app));
        if (role is null)
        {
            app.UseRouting();
            app.UseAuthentication();
            app.UseAuthorization();
        }
        else
        {
            app.UseMcpOidc();
            app.MapMcpOidc();
        }

        features.ToList().ForEach(feature => feature.After?.Invoke(app));
        features.ToList().ForEach(feature => feature.Map?.Invoke(app));
        if (role is not null and not ApplicationRole.AuthorizationServerOnly)
        {
            app.MapPost("/mcp", () => "ok").RequireMcpOidc();
            app.MapPost("/b/mcp", () => "ok").RequireMcpOidc();
        }

        await app.StartAsync();
        return app;
    }

    private void Add(WebApplicationBuilder builder, string origin, ApplicationRole? role)
    {
        if (role is not { } used)
        {
            builder.Services.AddAuthentication();
            return;
        }

        var isServer = IsServer(used);
        var settings = new Dictionary<string, string?>
        {
            ["McpOidc:Sqlite:Path"] = Path.Combine(_folder, $"{Guid.NewGuid():N}.db"),
            ["McpOidc:ResourceServer:Resource"] = used is ApplicationRole.AuthorizationServerOnly ? null : origin + "/mcp",
            ["McpOidc:Authority"] = isServer ? null : "http://localhost:1",
            ["McpOidc:Issuer"] = isServer ? origin : null,
            ["McpOidc:Resources:0:Uri"] = isServer ? origin + "/mcp" : null,
            ["McpOidc:Secret"] = new string('s', 48),
            ["McpOidc:IdentityProvider:Issuer"] = used is ApplicationRole.OwnUsers ? null : "http://localhost:1",
            ["McpOidc:DeviceAuthorization:Enabled"] = used is ApplicationRole.OwnUsers ? "true" : null,
            ["McpOidc:IdentityProvider:ClientId"] = "client",
            ["McpOidc:IdentityProvider:ClientSecret"] = "secret",
        };
        if (used is ApplicationRole.TwoResources)
        {
            settings["McpOidc:ResourceServer:Resources:b:Resource"] = origin + "/b/mcp";
        }

        builder.Configuration.AddInMemoryCollection(settings);
        var mcpOidc = builder.AddMcpOidc();
        if (isServer)
        {
            mcpOidc.AddAuthorizationServer();
        }

        if (used is ApplicationRole.OwnUsers)
        {
            mcpOidc.UseApplicationSignIn(Users);
        }

        if (used is not ApplicationRole.AuthorizationServerOnly)
        {
            mcpOidc.AddResourceServer().UseConfiguredStore();
        }
    }

    private static bool IsServer(ApplicationRole role) =>
        role is ApplicationRole.Integrated or ApplicationRole.AuthorizationServerOnly or ApplicationRole.OwnUsers;
}
