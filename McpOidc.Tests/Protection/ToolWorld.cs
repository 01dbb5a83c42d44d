using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary>A system with a signed-in user, a tool that calls an API, and the API.</summary>
internal sealed class ToolWorld(FaultyIdentityProvider idp, TestSite api, ConcurrentQueue<string> seen) : IAsyncDisposable
{
    public FaultyIdentityProvider Idp => idp;

    public SignedInSystem SignedIn { get; private set; } = null!;

    public AdjustableClock Clock => SignedIn.System.Clock;

    public ConcurrentBag<string> Refused { get; } = [];

    public bool RefusesAll { get; set; }

    /// <summary>The tokens that the API received, in order.</summary>
    public IEnumerable<string> Seen => seen;

    public static async Task<ToolWorld> StartAsync(
        bool standalone = false,
        bool withRefreshToken = true,
        int lifetime = 3600,
        Action<TestSystemOptions>? configure = null
    )
    {
        ToolWorld? world = null;
        var (idp, seen) = (await FaultyIdentityProvider.StartAsync(), new ConcurrentQueue<string>());
        var api = await TestSite.StartAsync(
            Loopback.FreePort(),
            [],
            _ => { },
            app =>
            {
                app.UseRouting();
                app.MapFallback(
                    (HttpContext http) =>
                    {
                        var token = http.Request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
                        seen.Enqueue(token);
                        return world!.RefusesAll || world.Refused.Contains(token) ? Results.StatusCode(401) : Results.Text("ok");
                    }
                );
            }
        );
        world = new ToolWorld(idp, api, seen);
        idp.TokenAnswer = answer =>
        {
            (answer["access_token"], answer["expires_in"]) = ("first", lifetime);
            if (!withRefreshToken)
            {
                answer.Remove("refresh_token");
            }
        };
        world.SignedIn = await SignedInSystem.StartAsync(options =>
        {
            idp.Clock = options.Clock;
            options.Standalone = standalone;
            options.Provider = idp.Settings with { Scopes = "openid email offline_access" };
            options.Mcp = builder =>
            {
                builder.Services.AddHttpClient("api", client => client.BaseAddress = new Uri(api.Origin)).AddIdentityProviderAccessToken();
                builder.Services.AddMcpServer().WithTools<ApiTools>();
            };
            configure?.Invoke(options);
        });
        return world;
    }

    /// <summary>Calls the tool.</summary>
    /// <returns>The status, and whether the API accepted the token.</returns>
    public async Task<(int Status, bool IsOk)> CallApiAsync(string method, string? token = null)
    {
        var arguments = $$"""{"method":"{{method}}"}""";
        var body = $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"call_api","arguments":{{{arguments}}}}}""";
        using var response = await PostAsync(body, token ?? SignedIn.Tokens.AccessToken);
        return ((int)response.StatusCode, (await response.Content.ReadAsStringAsync()).Contains("\"ok\"", StringComparison.Ordinal));
    }

    public async Task<HttpResponseMessage> PostAsync(string body, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, SignedIn.System.Resource)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await SignedIn.Client.Http.SendAsync(request);
    }

    public async Task<bool> VisitsProviderAsync()
    {
        var visits = SignedIn.Browser.VisitsOf(Idp.Issuer);
        idp.Script = null;
        await SignedIn.Client.GetCodeAsync(SignedIn.Browser);
        return SignedIn.Browser.VisitsOf(Idp.Issuer) > visits;
    }

    public async ValueTask DisposeAsync()
    {
        await SignedIn.DisposeAsync();
        await api.DisposeAsync();
        await idp.DisposeAsync();
    }
}

/// <summary>A tool that calls an API on behalf of the user; the API is at a separate origin and refuses the tokens that a test
/// chooses.</summary>
[McpServerToolType]
public sealed class ApiTools
{
    [McpServerTool(Name = "call_api"), Description("Calls the API."), RequiresIdentityProviderToken]
    public static async Task<string> CallApi(IHttpClientFactory clients, string method = "GET")
    {
        using var client = clients.CreateClient("api");
        using var request = new HttpRequestMessage(new HttpMethod(method), "things");
        using var response = await client.SendAsync(request);
        return response.IsSuccessStatusCode ? "ok" : "refused";
    }
}
