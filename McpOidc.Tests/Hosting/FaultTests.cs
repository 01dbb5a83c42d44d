using McpOidc.Federation;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Tests.Hosting;

/// <summary>Unexpected exceptions, and an unavailable store.</summary>
public sealed class FaultTests
{
    private const string Text = "the text of an exception is for the log only";

    [Theory]
    [InlineData("text/html,application/xhtml+xml", "text/html", "Reference:")]
    [InlineData("application/json", "application/json", "server_error")]
    [InlineData(null, "application/json", "server_error")]
    public async Task An_exception_is_reported_in_the_requested_format_and_its_text_appears_only_in_the_log(
        string? accept,
        string type,
        string content
    )
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Map = app =>
                app.MapGet("/fault", string () => throw new InvalidDataException(Text)).As(new OwnEndpoint { IsBelowIssuer = false })
        );
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, system.McpOrigin + "/fault");
        if (accept is not null)
        {
            request.Headers.Accept.ParseAdd(accept);
        }

        using var response = await http.SendAsync(request);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(500, (int)response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        Assert.Contains(content, body, StringComparison.Ordinal);
        Assert.DoesNotContain(Text, body, StringComparison.Ordinal);
        Assert.Contains(system.Server.Logs.Lines, line => line.Contains(Text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_exception_at_our_endpoint_is_ours_to_answer_and_scripts_read_the_answer_where_they_may(bool isOpen)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Services = services =>
                services
                    .AddExceptionHandler<OwnHandler>()
                    .AddSingleton<IStartupFilter>(new FirstMiddleware(app => app.UseExceptionHandler(_ => { })));
            options.Map = app =>
            {
                app.MapGet("/fault", string () => throw new InvalidDataException(Text))
                    .As(new OwnEndpoint { IsBelowIssuer = false, IsOpenToOrigins = isOpen });
                app.MapGet("/own", string () => throw new InvalidDataException(Text));
            };
        });
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("Origin", "https://app.example");
        using var ours = await http.GetAsync(system.McpOrigin + "/fault");
        Assert.Equal(500, (int)ours.StatusCode);
        Assert.Contains("server_error", await ours.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(isOpen, ours.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) && allowed.Single() == "*");
        using var own = await http.GetAsync(system.McpOrigin + "/own");
        Assert.Equal("handled by the application", await own.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_script_can_read_that_there_was_a_fault()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Map = app =>
                app.MapGet("/fault", string () => throw new InvalidDataException(Text))
                    .As(new OwnEndpoint { IsBelowIssuer = false, IsOpenToOrigins = true })
        );
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, system.McpOrigin + "/fault");
        request.Headers.Add("Origin", "https://app.example");
        using var response = await http.SendAsync(request);
        Assert.Equal(500, (int)response.StatusCode);
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
        Assert.True(response.Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task A_failing_custom_provider_leads_to_an_error_page_with_a_reference_that_the_log_also_has()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings("", "", null, "");
            options.Server = server => server.UseIdentityProvider<BrokenProvider>();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        var result = await client.AuthorizeAsync(browser);
        Assert.Equal(500, result.Status);
        Assert.DoesNotContain(Text, result.Html!, StringComparison.Ordinal);
        var reference = result.Html!.Split("<code>")[1].Split("</code>")[0];
        Assert.Contains(system.Server.Logs.Lines, line => line.Contains(reference, StringComparison.Ordinal));
    }

    [RedisFact]
    public async Task The_health_check_reports_an_unavailable_store()
    {
        await using var redis = await RedisServer.StartAsync();
        using var store = TestStore.Redis(redis);
        await using var system = await TestSystem.StartAsync(store: store);
        var health = system.Server.Services.GetRequiredService<HealthCheckService>();
        Assert.Equal(HealthStatus.Healthy, (await health.CheckHealthAsync()).Status);
        await redis.KillAsync();
        Assert.Equal(HealthStatus.Unhealthy, (await health.CheckHealthAsync()).Status);
    }

    [Fact]
    public async Task The_stylesheet_of_the_pages_loads_nothing_external()
    {
        await using var system = await TestSystem.StartAsync();
        using var http = new HttpClient();
        using var response = await http.GetAsync(new Uri(system.Issuer + "/oauth/style.css"));
        Assert.Equal("text/css", response.Content.Headers.ContentType?.MediaType);
        Assert.DoesNotContain("url(", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private sealed class OwnHandler : IExceptionHandler
    {
        public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
        {
            await httpContext.Response.WriteAsync("handled by the application", cancellationToken);
            return true;
        }
    }

    private sealed class BrokenProvider : IIdentityProvider
    {
        public ValueTask<IdentityProviderChallenge> ChallengeAsync(Uri redirectUri, string state, CancellationToken cancellationToken) =>
            throw new InvalidDataException(Text);

        public ValueTask<IdentityProviderLogin> RedeemAsync(
            Uri callbackUri,
            System.Text.Json.Nodes.JsonObject state,
            CancellationToken cancellationToken
        ) => throw new InvalidDataException(Text);

        public ValueTask<IdentityProviderTokenSet> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
            throw new InvalidDataException(Text);
    }
}
