using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Federation.Simulators;

/// <summary>A provider without OpenID Connect that behaves like a known one; the differences are in the derived classes.</summary>
public abstract class SimulatedOAuthProvider : IAsyncDisposable
{
    public const string ClientId = "simulated-client";
    public const string ClientSecret = "simulated-secret";

    private readonly ConcurrentDictionary<string, IQueryCollection> _codes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _accessTokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _refreshTokens = new(StringComparer.Ordinal);
    private WebApplication? _app;
    private int _userCalls;

    public string Origin { get; private set; } = "";

    public bool HasEndedThePerson { get; set; }

    /// <summary>Whether access tokens expire and come with refresh tokens.</summary>
    public virtual bool TokensExpire { get; set; }

    /// <summary>The status of every response from the token endpoint, for a provider in trouble.</summary>
    public int? TokenStatus { get; set; }

    /// <summary>Responds in place of the user endpoint.</summary>
    public Func<HttpResponse, IResult>? User { get; set; }

    /// <summary>The HTTP method that the user endpoint requires.</summary>
    public string UserMethod { get; set; } = HttpMethods.Get;

    /// <summary>The code is issued but unknown afterwards: it has expired.</summary>
    public bool ForgetsCodes { get; set; }

    /// <summary>Added to the callback.</summary>
    public Dictionary<string, string?> InCallback { get; } = [];

    /// <summary>The last authorization request.</summary>
    public IQueryCollection Asked { get; private set; } = QueryCollection.Empty;

    public ConcurrentQueue<IFormCollection> TokenRequests { get; } = new();

    public int UserCalls => _userCalls;

    protected abstract string AuthorizePath { get; }

    protected abstract string TokenPath { get; }

    /// <summary>The path of the user endpoint.</summary>
    protected abstract string UserPath { get; }

    protected virtual string ScopeParameter => "scope";

    protected abstract JsonNode Person();

    protected abstract IResult Tokens(string scope, string accessToken, string? refreshToken, bool isRefresh);

    /// <summary>How it refuses a request for tokens.</summary>
    protected abstract IResult Refuse(Refusal refusal, HttpRequest request);

    /// <summary>How it refuses an access token.</summary>
    protected abstract IResult RefuseToken();

    protected virtual void MapMore(WebApplication app) { }

    public async Task StartAsync()
    {
        var port = Loopback.FreePort();
        Origin = $"http://localhost:{port}";
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Services.AddRouting();
        _app = builder.Build();
        _app.UseRouting();
        _app.MapGet(AuthorizePath, Authorize);
        _app.MapPost(TokenPath, TokenAsync);
        _app.MapMethods(
            UserPath,
            [UserMethod],
            (HttpRequest request) =>
            {
                Interlocked.Increment(ref _userCalls);
                return User?.Invoke(request.HttpContext.Response) ?? Api(request, scope: null, Person());
            }
        );
        MapMore(_app);
        await _app.StartAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await (_app?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    /// <summary>The API's response to a valid token, with a scope if one is needed.</summary>
    protected IResult Api(HttpRequest request, string? scope, JsonNode body)
    {
        // GitHub's rule; the others meet it anyway.
        if (request.Headers.UserAgent.Count == 0)
        {
            return Results.StatusCode(403);
        }

        var token = request.Headers.Authorization.ToString().Replace("Bearer ", "", StringComparison.Ordinal);
        return HasEndedThePerson || !_accessTokens.TryGetValue(token, out var held) ? RefuseToken()
            : scope is null || held.Split(' ').Contains(scope) ? Json(body)
            : Results.NotFound();
    }

    protected static IResult Json(JsonNode body, int status = 200) =>
        Results.Text(body.ToJsonString(), "application/json", statusCode: status);

    private IResult Authorize(HttpRequest request)
    {
        if (request.Query["client_id"] != ClientId)
        {
            return Results.NotFound();
        }

        Asked = request.Query;
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = request.Query;
        var answer = new Dictionary<string, string?>(InCallback) { ["state"] = request.Query["state"] };
        answer[HasEndedThePerson ? "error" : "code"] = HasEndedThePerson ? "access_denied" : code;
        return Results.Redirect(QueryHelpers.AddQueryString(request.Query["redirect_uri"].ToString(), answer));
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        if (TokenStatus is { } status)
        {
            return Results.Text("<html>Unicorn!</html>", "text/html", statusCode: status);
        }

        var form = await request.ReadFormAsync();
        TokenRequests.Enqueue(form);
        if (form["client_id"] != ClientId || form["client_secret"] != ClientSecret)
        {
            return Refuse(Refusal.Client, request);
        }

        if (form["grant_type"] == "refresh_token")
        {
            return !HasEndedThePerson && _refreshTokens.TryRemove(form["refresh_token"].ToString(), out var scope)
                ? Give(scope, isRefresh: true)
                : Refuse(Refusal.RefreshToken, request);
        }

        return
            !ForgetsCodes
            && _codes.TryRemove(form["code"].ToString(), out var asked)
            && asked["redirect_uri"] == form["redirect_uri"]
            && Challenge(form["code_verifier"].ToString()) == asked["code_challenge"]
            && asked["code_challenge_method"] == "S256"
            ? Give(asked[ScopeParameter].ToString(), isRefresh: false)
            : Refuse(Refusal.Code, request);
    }

    private IResult Give(string scope, bool isRefresh)
    {
        var accessToken = "at_" + Guid.NewGuid().ToString("N");
        _accessTokens[accessToken] = scope;
        var refreshToken = TokensExpire ? "rt_" + Guid.NewGuid().ToString("N") : null;
        if (refreshToken is not null)
        {
            _refreshTokens[refreshToken] = scope;
        }

        return Tokens(scope, accessToken, refreshToken, isRefresh);
    }

    private static string Challenge(string verifier) => Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));

    protected enum Refusal
    {
        Client,
        Code,
        RefreshToken,
    }
}
