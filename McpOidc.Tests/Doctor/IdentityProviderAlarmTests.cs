using System.Text.Json.Nodes;
using McpOidc.Doctor;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Doctor;

/// <summary>
/// No false alarms, no remedy that makes things worse, and no silence about what will fail: the behavior of providers in use.
/// </summary>
public sealed class IdentityProviderAlarmTests : IAsyncLifetime
{
    private static readonly Dictionary<string, Action<StandInProvider, Dictionary<string, string?>>> s_fine = new()
    {
        ["a document with a byte order mark"] = (provider, _) => provider.Mark = "\uFEFF",
        ["a document of 5.9 MB"] = (provider, _) =>
            provider.Change = document => document["claims_supported"] = new JsonArray(new string('x', 5_900_000)),
        ["an issuer that was copied with the path of the document"] = (_, settings) =>
            settings["McpOidc:IdentityProvider:Issuer"] += "/.well-known/openid-configuration",
        // glewlwyd 2.7.5
        ["refresh tokens without offline_access"] = (provider, settings) =>
        {
            provider.Change = document =>
            {
                document["grant_types_supported"] = new JsonArray("authorization_code", "refresh_token");
                document["scopes_supported"] = new JsonArray("openid", "email");
            };
            settings["McpOidc:IdentityProvider:Scopes"] = "openid email";
        },
        // Keycloak lists them all, and signs with RS256 unless configured otherwise.
        ["HS256 beside RS256 at a provider with a preset"] = (provider, settings) =>
        {
            provider.Change = document => document["id_token_signing_alg_values_supported"] = new JsonArray("HS256", "RS256");
            settings["McpOidc:IdentityProvider:Preset"] = "Keycloak";
        },
        ["keys for encryption and of unknown types beside a good one"] = (provider, _) =>
        {
            provider.Keys["keys"]!.AsArray().Add(new JsonObject { ["kty"] = "OKP", ["crv"] = "Ed25519" });
            provider.Keys["keys"]!.AsArray().Add(new JsonObject { ["kty"] = "RSA", ["use"] = "enc" });
        },
        // LinkedIn answers a verifier with invalid_client, and announces neither PKCE nor refresh tokens.
        ["no PKCE at LinkedIn"] = (provider, settings) =>
        {
            settings["McpOidc:IdentityProvider:Preset"] = "LinkedIn";
            settings["McpOidc:IdentityProvider:Scopes"] = "openid email profile";
            provider.Change = document => document.Remove("code_challenge_methods_supported");
            var (authorize, token) = (provider.Authorize, provider.Token);
            provider.Authorize = context => HasPkce(context.Request.Query.Keys) ? StandIn.Page("No.", 400) : authorize(context);
            provider.Token = context =>
                HasPkce(context.Request.Form.Keys)
                    ? StandIn.Document(new JsonObject { ["error"] = "invalid_client" }, 401)
                    : token(context);
        },
        ["no offline_access at Cognito"] = (provider, settings) =>
        {
            settings["McpOidc:IdentityProvider:Preset"] = "Cognito";
            provider.Change = document => document["scopes_supported"] = new JsonArray("openid", "email", "phone", "profile");
        },
        ["another scope for refresh tokens at Salesforce"] = (_, settings) => settings["McpOidc:IdentityProvider:Preset"] = "Salesforce",
        ["form_post only at Apple"] = (provider, settings) =>
        {
            settings["McpOidc:IdentityProvider:Preset"] = "Apple";
            var authorize = provider.Authorize;
            provider.Authorize = context =>
                context.Request.Query["response_mode"] == "form_post"
                    ? authorize(context)
                    : StandIn.Page("response_mode must be form_post", 400);
        },
        ["a resource at ADFS"] = (provider, settings) =>
        {
            settings["McpOidc:IdentityProvider:Preset"] = "Adfs";
            settings["McpOidc:IdentityProvider:Resource"] = "https://api.example.com";
            var authorize = provider.Authorize;
            provider.Authorize = context => context.Request.Query.ContainsKey("resource") ? authorize(context) : StandIn.Page("No.", 400);
        },
        ["a userinfo endpoint that wants a token"] = (provider, _) =>
            provider.Change = document => document["userinfo_endpoint"] = provider.Issuer + "/userinfo",
    };

    private static bool HasPkce(IEnumerable<string> parameters) =>
        parameters.Any(parameter => parameter.StartsWith("code_challenge", StringComparison.Ordinal) || parameter == "code_verifier");

    private StandInProvider _provider = null!;
    private Dictionary<string, string?> _settings = null!;

    public static TheoryData<string> Fine => [.. s_fine.Keys];

    public async Task InitializeAsync()
    {
        _provider = await StandInProvider.StartAsync();
        _settings = _provider.Settings(Examine.Settings());
    }

    public async Task DisposeAsync() => await _provider.DisposeAsync();

    [Theory]
    [MemberData(nameof(Fine))]
    public async Task The_doctor_finds_no_fault_in_a_provider_with(string peculiarity)
    {
        s_fine[peculiarity](_provider, _settings);
        var report = await RunAsync();
        Assert.All(report.Findings, finding => Assert.True(finding.Outcome is DoctorOutcome.Ok or DoctorOutcome.Skipped, $"{finding}"));
        Assert.Contains(report.Findings, finding => finding is { Check: "idp discovery", Outcome: DoctorOutcome.Ok });
    }

    // Azure AD B2C and Oracle IDCS.
    [Fact]
    public async Task An_issuer_that_publishes_no_discovery_document_is_not_recommended()
    {
        _provider.Change = document => document["issuer"] = _provider.Issuer + "/tenant/v2.0";
        var report = await RunAsync();
        report.Problem("idp discovery", "has no discovery document");
        Assert.DoesNotContain("to the issuer of the document", report.ToJson(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_issuer_that_publishes_its_own_document_is_recommended()
    {
        await using var other = await StandInProvider.StartAsync();
        _provider.Change = document => document["issuer"] = other.Issuer;
        (await RunAsync()).Problem("idp discovery", other.Issuer, "to the issuer of the document");
    }

    [Fact]
    public async Task A_provider_that_accepts_no_secret_does_not_lead_to_advice_to_send_it_differently()
    {
        _provider.Change = document => document["token_endpoint_auth_methods_supported"] = new JsonArray("private_key_jwt");
        _provider.Token = _ => StandIn.Document(new JsonObject { ["error"] = "invalid_client" }, 401);
        var report = await RunAsync();
        report.Warning("idp discovery", "no method to send a client secret", "private_key_jwt");
        report.Problem("idp client", "HTTP 401, invalid_client");
        Assert.DoesNotContain("ClientAuthentication", report.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unauthorized_client")]
    [InlineData("invalid_client")]
    [InlineData("access_denied")]
    public async Task A_403_for_a_wrong_secret_is_reported_as_a_problem_with_the_secret(string error)
    {
        _provider.Token = _ => StandIn.Document(new JsonObject { ["error"] = error }, 403);
        (await RunAsync()).Problem("idp client", $"HTTP 403, {error}", "McpOidc__IdentityProvider__ClientSecret");
    }

    // glewlwyd 2.7.5 does this, with an empty body.
    [Fact]
    public async Task A_correct_secret_is_recognized_if_a_wrong_one_gets_a_bare_403()
    {
        _provider.Token = context =>
            context.Request.Form["client_secret"] == "dev-secret"
                ? StandIn.Document(new JsonObject { ["error"] = "invalid_grant" }, 400)
                : Results.StatusCode(403);
        (await RunAsync()).Ok("idp client");
        _settings["McpOidc:IdentityProvider:ClientSecret"] = "another-secret";
        (await RunAsync()).Warning("idp client", "http_403", "McpOidc__IdentityProvider__ClientSecret");
    }

    [Fact]
    public async Task HS256_in_addition_to_RS256_is_a_warning()
    {
        _provider.Change = document => document["id_token_signing_alg_values_supported"] = new JsonArray("RS256", "HS256");
        (await RunAsync()).Warning("idp discovery", "HS256", "is unknown", "McpOidc__IdentityProvider__ClientId");
    }

    [Theory]
    [InlineData("""{"kty":"RSA","use":"sig","kid":"b","n":"###","e":"AQAB"}""")]
    [InlineData("""{"kty":"RSA","kid":"b"}""")]
    [InlineData("""{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""")]
    [InlineData("""{"kid":"b"}""")]
    [InlineData("null")]
    public async Task A_broken_key_next_to_a_valid_one_is_a_warning(string key)
    {
        _provider.Keys["keys"]!.AsArray().Add(JsonNode.Parse(key));
        (await RunAsync()).Warning("idp keys", "1 of 2", "broken");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task A_userinfo_endpoint_that_does_not_work_is_a_warning(int status)
    {
        _provider.Change = document => document["userinfo_endpoint"] = _provider.Issuer + "/userinfo";
        _provider.UserInfo = status;
        (await RunAsync()).Warning("idp userinfo", $"answers {status}", "name and e-mail address");
    }

    [Fact]
    public async Task A_required_userinfo_endpoint_that_is_not_published_is_a_warning()
    {
        _settings["McpOidc:IdentityProvider:LoadUserInfo"] = "true";
        (await RunAsync()).Warning("idp userinfo", "userinfo_endpoint", "McpOidc__IdentityProvider__LoadUserInfo");
    }

    // glewlwyd asks for a password before it validates the request; with RFC 9126 §2.1, the redirect URI is validated at once.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_redirect_uri_that_no_page_reveals_is_checked_with_a_pushed_request(bool isBasic)
    {
        _settings["McpOidc:IdentityProvider:ClientAuthentication"] = isBasic ? "Basic" : "Post";
        _provider.Change = document => document["pushed_authorization_request_endpoint"] = _provider.Issuer + "/par";
        _provider.Authorize = _ => StandIn.Page("Password?");
        (await AskAsync()).Ok("redirect uri", "pushed request");
        _settings["McpOidc:IdentityProvider:RedirectUri"] = "https://other.example.com/oauth/callback";
        (await AskAsync()).Problem("redirect uri", "https://other.example.com/oauth/callback", "Register exactly");
        _provider.IsPushedJudged = false;
        (await AskAsync()).Warning("redirect uri", "It is unclear whether");

        Task<DoctorReport> AskAsync() => Examine.RunAsync(_settings, new IdentityProviderDiscoveryCheck(), new RedirectUriCheck());
    }

    private Task<DoctorReport> RunAsync() =>
        Examine.RunAsync(
            _settings,
            new IdentityProviderDiscoveryCheck(),
            new IdentityProviderKeysCheck(),
            new IdentityProviderUserInfoCheck(),
            new IdentityProviderClientCheck(),
            new OfflineAccessCheck()
        );
}
