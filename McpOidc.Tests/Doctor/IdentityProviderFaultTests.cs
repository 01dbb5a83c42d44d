using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Doctor;

/// <summary>Faults at the identity provider, or in our settings for it.</summary>
public sealed class IdentityProviderFaultTests
{
    [Fact]
    public async Task A_wrong_client_secret_is_a_problem()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        var report = await Examine.RunAsync(installation.With(("McpOidc:IdentityProvider:ClientSecret", "another-secret")));
        report.Problem("idp client", "McpOidc__IdentityProvider__ClientSecret", "invalid_client");
        report.OnlyIn("idp client");
    }

    [Fact]
    public async Task A_wrong_client_id_is_a_problem()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        var report = await Examine.RunAsync(installation.With(("McpOidc:IdentityProvider:ClientId", "another-client")));
        report.Problem("idp client", "McpOidc__IdentityProvider__ClientId");
        report.Problem("redirect uri", "McpOidc__IdentityProvider__ClientId");
        report.OnlyIn("idp client", "redirect uri");
    }

    [Fact]
    public async Task An_unregistered_redirect_uri_is_a_problem()
    {
        await using var installation = await HealthyInstallation.StartAsync();
        var report = await Examine.RunAsync(
            installation.With(("McpOidc:IdentityProvider:RedirectUri", "https://auth.example.com/oauth/callback"))
        );
        report.Problem(
            "redirect uri",
            "https://auth.example.com/oauth/callback",
            "Register exactly",
            "McpOidc__IdentityProvider__RedirectUri"
        );
        report.OnlyIn("redirect uri");
    }

    [Fact]
    public async Task A_wrong_clock_is_a_problem_and_a_slightly_wrong_one_is_a_warning()
    {
        await using var provider = await StandInProvider.StartAsync();
        var clock = new AdjustableClock();
        clock.Advance(TimeSpan.FromMinutes(10));
        (await Examine.RunAsync(provider.Settings(Examine.Settings()), clock: clock)).Problem("clock", "ahead of", "NTP");
        clock.Advance(TimeSpan.FromMinutes(-30));
        (await Examine.RunAsync(provider.Settings(Examine.Settings()), clock: clock)).Problem("clock", "behind", "NTP");
        clock.Advance(TimeSpan.FromMinutes(20) + TimeSpan.FromSeconds(20));
        (await Examine.RunAsync(provider.Settings(Examine.Settings()), clock: clock)).Warning("clock", " seconds ahead of", "NTP");
    }

    [RedisFact]
    public async Task The_Redis_clock_is_compared_too()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "yes");
        var clock = new AdjustableClock();
        clock.Advance(TimeSpan.FromMinutes(10));
        var settings = Examine.Settings();
        settings["ConnectionStrings:redis"] = redis.ConnectionString;
        (await Examine.RunAsync(settings, clock: clock)).Problem("clock", "of Redis at", "NTP");
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_a_problem()
    {
        var report = await Examine.RunAsync(Examine.Settings());
        report.Problem("idp discovery", "refuses connections", "McpOidc__IdentityProvider__Issuer");
        report.Skipped("idp client");
        report.Skipped("back-channel logout");
    }

    [Fact]
    public async Task A_provider_that_does_not_respond_in_time_is_a_problem()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Before = async context =>
        {
            // It never responds; the wait ends when the doctor gives up, which is not an error here.
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:Timeout"] = "00:00:00.5";
        (await Examine.RunAsync(settings)).Problem(
            "idp discovery",
            "does not respond within 0.5 seconds",
            "McpOidc__IdentityProvider__Timeout"
        );
    }

    [Fact]
    public async Task A_provider_that_is_close_to_its_timeout_is_a_warning()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Before = async context =>
        {
            // Slow on purpose: the test is about the duration.
            await Task.Delay(
                TimeSpan.FromSeconds(context.Request.Path.Value!.Contains("well-known", StringComparison.Ordinal) ? 0.6 : 0),
                context.RequestAborted
            );
            return false;
        };
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:Timeout"] = "00:00:02";
        (await Examine.RunAsync(settings)).Warning("idp discovery", "of the allowed 2 seconds", "McpOidc__IdentityProvider__Timeout");
    }

    [Fact]
    public async Task A_document_from_a_different_issuer_is_a_problem_and_a_trailing_slash_is_not()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Change = document => document["issuer"] = "https://other.example.com";
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem(
            "idp discovery",
            "https://other.example.com",
            "McpOidc__IdentityProvider__Issuer"
        );
        provider.Change = document => document["issuer"] = provider.Issuer + "/";
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Ok("idp discovery");
    }

    [Fact]
    public async Task An_issuer_without_its_path_is_a_problem()
    {
        await using var provider = await StandInProvider.StartAsync();
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:Issuer"] = provider.Issuer + "/realms/none";
        (await Examine.RunAsync(settings)).Problem("idp discovery", "answers 404", "McpOidc__IdentityProvider__Issuer", "with its path");
    }

    [Fact]
    public async Task An_empty_or_invalid_key_set_is_a_problem()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Keys = new JsonObject { ["keys"] = new JsonArray() };
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem("idp keys", "no key", "signing keys");
        provider.Keys = new JsonObject { ["keys"] = new JsonArray(new JsonObject { ["kty"] = "oct", ["k"] = "c2VjcmV0" }) };
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem("idp keys", "no key that can verify", "signing keys");
    }

    [Fact]
    public async Task A_provider_without_PKCE_is_a_problem_and_one_that_does_not_state_it_is_a_warning()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Change = document => document["code_challenge_methods_supported"] = new JsonArray("plain");
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem("idp discovery", "PKCE", "S256");
        provider.Change = document => document.Remove("code_challenge_methods_supported");
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Warning("idp discovery", "does not announce PKCE");
    }

    [Theory]
    [InlineData("token_endpoint")]
    [InlineData("jwks_uri")]
    [InlineData("authorization_endpoint")]
    public async Task An_endpoint_that_is_missing_or_without_TLS_is_a_problem(string member)
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Change = document => document.Remove(member);
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem("idp discovery", $"has no {member}");
        provider.Change = document => document[member] = "http://idp.example.invalid/x";
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem("idp discovery", member, "without TLS");
    }

    [Fact]
    public async Task A_provider_that_requires_pushed_requests_must_name_the_endpoint_and_is_not_blamed_for_its_uri()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Change = document => document["require_pushed_authorization_requests"] = true;
        var report = await Examine.RunAsync(provider.Settings(Examine.Settings()));
        report.Problem("idp discovery", "RFC 9126", "pushed_authorization_request_endpoint");
        report.Skipped("redirect uri");
    }

    [Fact]
    public async Task The_client_check_sends_no_secret_if_none_is_configured()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Token = context =>
            StandIn.Document(
                new JsonObject { ["error"] = context.Request.Form.ContainsKey("client_secret") ? "invalid_client" : "invalid_grant" },
                400
            );
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:ClientSecret"] = null;
        (await Examine.RunAsync(settings)).Ok("idp client", "which has no secret");
    }

    [Fact]
    public async Task An_unsupported_client_authentication_method_or_symmetric_signing_is_reported()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Change = document =>
        {
            document["token_endpoint_auth_methods_supported"] = new JsonArray("client_secret_basic");
            document["id_token_signing_alg_values_supported"] = new JsonArray("HS256");
        };
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:ClientAuthentication"] = "Post";
        var report = await Examine.RunAsync(settings);
        report.Warning("idp discovery", "client_secret_post", "McpOidc__IdentityProvider__ClientAuthentication", "Basic");
        report.Problem("idp discovery", "does not sign id_tokens", "HS256 and none are rejected");
    }

    [Theory]
    // Okta, Entra ID, Google; Keycloak; Auth0.
    [InlineData(401, "invalid_client", "McpOidc__IdentityProvider__ClientSecret")]
    [InlineData(400, "invalid_client", "McpOidc__IdentityProvider__ClientSecret")]
    [InlineData(401, "unauthorized_client", "McpOidc__IdentityProvider__ClientSecret")]
    [InlineData(401, "access_denied", "McpOidc__IdentityProvider__ClientSecret")]
    [InlineData(400, "unauthorized_client", "authorization code flow")]
    public async Task The_ways_in_which_known_providers_refuse_a_client_are_understood(int status, string error, string remedy)
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Token = _ => StandIn.Document(new JsonObject { ["error"] = error }, status);
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Problem("idp client", error, remedy);
    }

    [Theory]
    [InlineData(400, "invalid_request")]
    [InlineData(500, null)]
    [InlineData(401, null)]
    public async Task A_response_that_says_nothing_about_the_client_is_reported_as_inconclusive(int status, string? error)
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Token = _ => error is null ? StandIn.Page("Oops", status) : StandIn.Document(new JsonObject { ["error"] = error }, status);
        var report = await Examine.RunAsync(provider.Settings(Examine.Settings()));
        report.Warning("idp client", "could not be verified", "McpOidc__IdentityProvider__ClientSecret");
    }

    [Fact]
    public async Task A_provider_that_checks_the_code_before_the_client_makes_the_client_check_inconclusive()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Token = _ => StandIn.Document(new JsonObject { ["error"] = "invalid_grant" }, 400);
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Warning(
            "idp client",
            "checks the code first",
            "McpOidc__IdentityProvider__ClientSecret"
        );
    }

    [Fact]
    public async Task The_secret_is_sent_in_the_same_way_as_by_the_server_and_never_without_TLS()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Token = context =>
            StandIn.Document(
                new JsonObject
                {
                    ["error"] =
                        context.Request.Headers.Authorization == "Basic " + Convert.ToBase64String("mcpoidc:dev-secret"u8)
                            ? "invalid_grant"
                            : "invalid_client",
                },
                400
            );
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:ClientAuthentication"] = "Basic";
        (await Examine.RunAsync(settings)).Ok("idp client");
        provider.Change = document => document["token_endpoint"] = "http://idp.example.invalid/token";
        (await Examine.RunAsync(settings)).Skipped("idp client", "without TLS");
    }

    [Fact]
    public async Task Missing_offline_access_is_a_warning()
    {
        await using var provider = await StandInProvider.StartAsync();
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:Scopes"] = "openid email";
        (await Examine.RunAsync(settings)).Warning("offline access", "McpOidc__IdentityProvider__Scopes", "Add offline_access");
        settings["McpOidc:IdentityProvider:AdditionalParameters:access_type"] = "offline";
        (await Examine.RunAsync(settings)).Ok("offline access");
        provider.Change = document => document["scopes_supported"] = new JsonArray("openid");
        (await Examine.RunAsync(provider.Settings(Examine.Settings()))).Warning(
            "offline access",
            "not among the provider's listed scopes",
            "McpOidc__IdentityProvider__Preset"
        );
    }

    [Fact]
    public async Task Each_of_several_providers_is_checked_under_its_own_name()
    {
        await using var provider = await StandInProvider.StartAsync();
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:Providers:staff:Issuer"] = provider.Issuer;
        settings["McpOidc:IdentityProvider:Providers:staff:ClientId"] = "staff";
        settings["McpOidc:IdentityProvider:Providers:staff:RedirectUri"] = StandInProvider.Registered;
        provider.Token = context =>
            StandIn.Document(
                new JsonObject
                {
                    ["error"] =
                        context.Request.Form["client_id"] == "mcpoidc" && context.Request.Form["client_secret"] == "dev-secret"
                            ? "invalid_grant"
                            : "invalid_client",
                },
                400
            );
        var report = await Examine.RunAsync(settings);
        report.Ok("idp client");
        report.Problem("idp client staff", "McpOidc__IdentityProvider__Providers__staff__ClientSecret");
    }
}
