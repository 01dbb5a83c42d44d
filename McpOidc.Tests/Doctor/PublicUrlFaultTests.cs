using McpOidc.Doctor;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Doctor;

/// <summary>Faults between clients and a healthy server.</summary>
public sealed class PublicUrlFaultTests(PublicUrlFaultTests.Installation installation)
    : IClassFixture<PublicUrlFaultTests.Installation>,
        IDisposable
{
    private HealthyInstallation Healthy => installation.Healthy;

    private ReverseProxy Proxy => Healthy.Proxy;

    public void Dispose()
    {
        Proxy.Refuse = _ => 0;
        Proxy.Request = _ => { };
        Proxy.Response = _ => { };
    }

    [Fact]
    public async Task A_proxy_that_does_not_forward_the_https_scheme_is_a_problem()
    {
        Proxy.Request = request => request.Headers.Remove("X-Forwarded-Proto");
        (await RunAsync()).Problem("proxy", "X-Forwarded-Proto", "McpOidc__TrustedProxies__0");
    }

    [Fact]
    public async Task A_proxy_whose_network_is_not_trusted_is_a_problem()
    {
        await using var own = await HealthyInstallation.StartAsync(
            store: null,
            issuerPath: "",
            new("McpOidc:TrustedProxies:0", "192.0.2.1/32"),
            new("McpOidc:TrustedProxies:1", "192.0.2.2/32")
        );
        var report = await Examine.RunAsync(own.Settings);
        report.Problem("proxy", "does not trust the proxy", "McpOidc__TrustedProxies__0");
        report.OnlyIn("proxy");
    }

    [Fact]
    public async Task A_proxy_that_changes_the_host_is_a_problem()
    {
        Proxy.Request = request => request.Headers.Host = "backend.internal";
        (await RunAsync()).Problem("well-known", "answers 421", "McpOidc__AllowedHosts__0", "Host header");
    }

    [Theory]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/openid-configuration")]
    public async Task A_proxy_that_returns_404_for_a_well_known_path_is_a_problem(string form)
    {
        Proxy.Refuse = request => request.Path == form ? 404 : 0;
        var report = await RunAsync();
        report.Problem("well-known", form, "answers 404", "route this path");
        // Browsers, which request this form, do not find it either.
        report.OnlyIn("well-known", "cors");
    }

    [Theory]
    [InlineData("/token", 404)]
    [InlineData("/authorize", 403)]
    public async Task An_endpoint_that_the_proxy_does_not_route_is_a_problem(string path, int status)
    {
        Proxy.Refuse = request => request.Path == path ? status : 0;
        (await RunAsync()).Problem("endpoints", path, $"answers {status}");
    }

    [Fact]
    public async Task A_proxy_that_returns_404_for_a_metadata_path_of_older_clients_is_a_warning()
    {
        Proxy.Refuse = request => request.Path == "/.well-known/oauth-authorization-server/mcp" ? 404 : 0;
        var report = await RunAsync();
        report.Warning("well-known", "Older clients", "route this path");
        Assert.True(report.IsHealthy);
    }

    [Fact]
    public async Task CORS_headers_stripped_by_a_proxy_are_a_problem()
    {
        Proxy.Response = response => response.Headers.Remove("Access-Control-Allow-Origin");
        var report = await RunAsync();
        report.Problem("cors", "Access-Control-Allow-Origin", "Configure the proxy to pass OPTIONS");
        report.OnlyIn("cors");
    }

    [Theory]
    [InlineData(403)]
    [InlineData(405)]
    public async Task Preflight_requests_that_a_proxy_refuses_are_a_problem(int status)
    {
        Proxy.Refuse = request => HttpMethods.IsOptions(request.Method) ? status : 0;
        (await RunAsync()).Problem("cors", "mcp-protocol-version", $"answers {status}");
    }

    [Fact]
    public async Task A_preflight_response_without_the_MCP_header_is_a_problem()
    {
        Proxy.Response = response => response.Headers.AccessControlAllowHeaders = "Content-Type";
        (await RunAsync()).Problem("cors", "Access-Control-Allow-Headers does not list mcp-protocol-version");
    }

    [Fact]
    public async Task A_server_that_is_down_is_one_problem_and_all_other_checks_still_run()
    {
        var report = await Examine.RunAsync(Healthy.With(("McpOidc:Issuer", $"https://localhost:{Loopback.FreePort()}")));
        Assert.Single(report.Findings, finding => finding.Check == "well-known");
        report.Problem("well-known", "refuses connections", "Start the server");
        report.Skipped("cors");
        report.Ok("idp client");
        report.Ok("keys");
    }

    [Fact]
    public async Task A_proxy_without_a_server_behind_it_is_a_problem()
    {
        Proxy.Refuse = _ => 502;
        (await RunAsync()).Problem("well-known", "answers 502", "server's log");
    }

    [Fact]
    public async Task Another_issuer_at_the_public_URL_is_a_problem()
    {
        // The doctor's settings have another path; the responding server's issuer has none.
        await using var other = await StandIn.StartAsync();
        other.Json("/.well-known/oauth-authorization-server", () => new() { ["issuer"] = other.Origin + "/" });
        other.Json("/.well-known/openid-configuration", () => new() { ["issuer"] = other.Origin + "/" });
        (await Examine.RunAsync(Healthy.With(("McpOidc:Issuer", other.Origin)))).Problem(
            "well-known",
            $"'{other.Origin}/'",
            "McpOidc__Issuer",
            "exactly the same issuer"
        );
    }

    [Fact]
    public async Task A_redirect_at_the_metadata_URL_is_a_problem()
    {
        await using var other = await StandIn.StartAsync();
        other.Answers["GET /.well-known/oauth-authorization-server"] = _ => Results.Redirect("/elsewhere", permanent: true);
        other.Answers["GET /.well-known/openid-configuration"] = _ => StandIn.Page("Welcome");
        var report = await Examine.RunAsync(Healthy.With(("McpOidc:Issuer", other.Origin)));
        report.Problem("well-known", "redirects (301)", "Remove the redirect");
        report.Problem("well-known", "not a JSON object");
    }

    [Fact]
    public async Task A_server_that_publishes_keys_different_from_those_in_the_store_is_a_problem()
    {
        await using var another = await HealthyInstallation.StartAsync();
        var report = await Examine.RunAsync(Healthy.With(("McpOidc:Sqlite:Path", another.Settings["McpOidc:Sqlite:Path"])));
        report.Problem("published keys", "does not publish", "McpOidc__Secret");
    }

    [Fact]
    public async Task A_server_that_runs_with_different_registration_methods_is_a_warning() =>
        (await Examine.RunAsync(Healthy.With(("McpOidc:Registration:Enabled", "false")))).Warning(
            "registration",
            "other registration methods"
        );

    [Fact]
    public async Task An_unreachable_back_channel_logout_endpoint_is_a_problem_if_the_provider_supports_it()
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Change = document => document["backchannel_logout_supported"] = true;
        var settings = provider.Settings(Healthy.Settings);
        (await Examine.RunAsync(settings)).Ok("back-channel logout", "/oauth/backchannel-logout");
        Proxy.Refuse = request => request.Path.StartsWithSegments("/oauth") ? 403 : 0;
        (await Examine.RunAsync(settings)).Problem("back-channel logout", "answers 403", "without authentication");
    }

    private Task<DoctorReport> RunAsync() => Examine.RunAsync(Healthy.Settings);

    public sealed class Installation : IAsyncLifetime
    {
        internal HealthyInstallation Healthy { get; private set; } = null!;

        public async Task InitializeAsync() => Healthy = await HealthyInstallation.StartAsync();

        public async Task DisposeAsync() => await Healthy.DisposeAsync();
    }
}
