using System.Buffers.Text;
using System.Net;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Tests.Storage.OpenIddict;

/// <summary>OpenIddict's whole code flow over the stores, with nothing of McpOidc but them.</summary>
public sealed class CodeFlowTests : IAsyncLifetime, IDisposable
{
    private const string RedirectUri = "http://127.0.0.1:5000/cb";
    private const string Verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    private readonly WebApplication _app = Build();
    private readonly HttpClient _http = new(new HttpClientHandler { AllowAutoRedirect = false });

    private LoggingStore Store => _app.Services.GetRequiredService<LoggingStore>();

    private RecordStore Records => _app.Services.GetRequiredService<RecordStore>();

    public async Task InitializeAsync()
    {
        await _app.StartAsync();
        _http.BaseAddress = new Uri(_app.Urls.First());
        var now = DateTimeOffset.UtcNow;
        var metadata = new ClientMetadata { RedirectUris = ["http://127.0.0.1/cb"] };
        await Records.AddAsync(StoreKeys.Client, "editor", new ClientRecord { ClientId = "editor", Metadata = metadata, CreatedAt = now, ExpiresAt = now.AddDays(1), MetadataHash = "" }, now.AddDays(1), default);
        var grant = new GrantRecord { Id = "g1", Subject = "alice", ClientId = "editor", Provider = "idp", Scopes = [], Resource = "", RedirectUri = RedirectUri, CreatedAt = now, AuthenticatedAt = now, ExpiresAt = now.AddDays(1) };
        await Records.AddAsync(StoreKeys.Grant, grant.Id, grant, grant.ExpiresAt, default, Grants.IndexesOf(grant));
        Store.Log.Clear();
    }

    public async Task DisposeAsync() => await _app.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task A_code_costs_one_write_and_is_redeemed_once_and_its_replay_ends_the_grant()
    {
        var code = await AuthorizeAsync(AuthorizationRequest());
        Assert.Equal(["get client", "add token"], Kinds());
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RedeemAsync(code)));
        Assert.Single(answers, HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(answer => answer == HttpStatusCode.BadRequest));
        Assert.Equal(HttpStatusCode.BadRequest, await RedeemAsync(code));
        Assert.False((await Records.GetAsync(StoreKeys.Grant, "g1", default))!.Value.IsLive);
    }

    [Fact]
    public async Task Redeeming_a_code_reads_it_once_and_writes_it_once()
    {
        var code = await AuthorizeAsync(AuthorizationRequest());
        Store.Log.Clear();
        Assert.Equal(HttpStatusCode.OK, await RedeemAsync(code));
        Assert.Equal(["get client", "get token", "replace token"], Kinds().Order());
    }

    [Fact]
    public async Task A_pushed_request_is_one_write_and_leads_to_a_code()
    {
        using var pushed = await _http.PostAsync("/par", new FormUrlEncodedContent(AuthorizationRequest()));
        using var answer = JsonDocument.Parse(await pushed.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        Assert.Equal(["get client", "add token"], Kinds());
        var code = await AuthorizeAsync(new() { ["client_id"] = "editor", ["request_uri"] = answer.RootElement.GetProperty("request_uri").GetString()! });
        Assert.Equal(HttpStatusCode.OK, await RedeemAsync(code));
    }

    [Theory]
    [InlineData("http://127.0.0.1.evil.test/cb")]
    [InlineData("http://localhost:5000/cb")]
    [InlineData("http://127.1/cb")]
    public async Task A_redirect_uri_that_is_not_registered_is_an_error_page(string uri)
    {
        using var answer = await _http.GetAsync(Query(AuthorizationRequest(uri)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    private static Dictionary<string, string> AuthorizationRequest(string redirectUri = RedirectUri) => new()
    {
        ["client_id"] = "editor",
        ["redirect_uri"] = redirectUri,
        ["response_type"] = "code",
        ["state"] = "s",
        ["code_challenge_method"] = "S256",
        ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
    };

    private static string Query(Dictionary<string, string> request)
        => "/authorize?" + string.Join('&', request.Select(parameter => $"{parameter.Key}={Uri.EscapeDataString(parameter.Value)}"));

    private async Task<string> AuthorizeAsync(Dictionary<string, string> request)
    {
        using var answer = await _http.GetAsync(Query(request));
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, await answer.Content.ReadAsStringAsync());
        return Uri.UnescapeDataString(answer.Headers.Location!.Query.TrimStart('?').Split('&').Single(part => part.StartsWith("code=", StringComparison.Ordinal))[5..]);
    }

    private async Task<HttpStatusCode> RedeemAsync(string code)
    {
        using var answer = await _http.PostAsync("/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["client_id"] = "editor",
            ["redirect_uri"] = RedirectUri,
            ["code_verifier"] = Verifier,
        }));
        return answer.StatusCode;
    }

    private IEnumerable<string> Kinds() => Store.Log.Select(line => line.Split(':')[0]);

    private static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddStores().AddOpenIddict().AddServer(server =>
        {
            server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").SetPushedAuthorizationEndpointUris("par");
            server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange().DisableAuthorizationStorage();
            server.AddEncryptionKey(new SymmetricSecurityKey(new byte[32])).AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
            server.RemoveEventHandler(AttachTokenPayload.Descriptor).AddEventHandler(AttachReferenceToken.Descriptor);
            server.AddEventHandler<global::OpenIddict.Server.OpenIddictServerEvents.GenerateTokenContext>(handler => handler.SetOrder(int.MinValue).UseInlineHandler(context =>
            {
                context.CreateTokenEntry &= context.TokenType != OpenIddictConstants.TokenTypeIdentifiers.AccessToken;
                return default;
            }));
            server.UseAspNetCore().DisableTransportSecurityRequirement().EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough();
        });
        var app = builder.Build();
        app.UseAuthentication();
        app.Map("/authorize", () => Results.SignIn(Alice(), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme));
        app.Map("/token", async http => await http.SignInAsync(
            OpenIddictServerAspNetCoreDefaults.AuthenticationScheme,
            (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal!));
        return app;
    }

    private static ClaimsPrincipal Alice()
    {
        var identity = new ClaimsIdentity("test");
        identity.SetClaim(OpenIddictConstants.Claims.Subject, "alice");
        var principal = new ClaimsPrincipal(identity);
        principal.SetAuthorizationId("g1");
        return principal;
    }
}
