using System.Net;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;
using McpOidc.Timeline;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Timeline;

/// <summary>From the reference on an error page, an operator learns step by step what led to the error.</summary>
public sealed class TimelineTests : IAsyncLifetime
{
    private readonly Browser _browser = new()
    {
        UserAgent =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 "
            + "Safari/604.1",
    };
    private TestSystem _system = null!;

    public async Task InitializeAsync() => _system = await TestSystem.StartAsync();

    public async Task DisposeAsync()
    {
        _browser.Dispose();
        await _system.DisposeAsync();
    }

    [Fact]
    public async Task The_timeline_of_a_sign_in_that_ends_in_an_error_page_shows_its_last_step_and_the_person()
    {
        using var client = _system.CreateClient();
        await client.RegisterAsync();
        var decided = await _browser.OpenAsync(
            client.AuthorizeUrl(),
            uri => uri.AbsolutePath == "/authorize" && uri.Query.Contains("interaction=", StringComparison.Ordinal)
        );
        // The user's record is gone when the browser comes back, as after a restore of the store.
        var subject = _system
            .Server.Logs.Lines.Select(line => Regex.Match(line, "sign_in.finished: subject ([A-Za-z0-9_-]+),"))
            .First(match => match.Success)
            .Groups[1]
            .Value;
        await _system.Server.Services.GetRequiredService<IMcpOidcStore>().RemoveAsync(StoreKeys.User.Key(subject), expectedVersion: null);

        var timeline = await OfAsync(await ShowAsync(decided.Uri.AbsoluteUri));

        Assert.Equal(("user_gone", "GET /authorize", "Safari on iPhone"), (timeline.Reason, timeline.Request, timeline.Device));
        Assert.Equal(
            ["authorize", "consent.allowed", "idp.sent", "idp.returned", "signed_in", "authorize.resumed"],
            timeline.Steps.Select(step => step.Step)
        );
        Assert.Contains(ClientIdDigest.Of(client.ClientId), timeline.Steps[0].Detail, StringComparison.Ordinal);
        Assert.Contains(subject, timeline.Steps[4].Detail, StringComparison.Ordinal);
        Assert.All(timeline.Steps, step => Assert.NotEmpty(step.Trace!));
        Assert.Equal(timeline.Steps.OrderBy(step => step.At), timeline.Steps);
    }

    [Fact]
    public async Task A_timeline_contains_no_secret_and_identifies_the_person_only_by_subject()
    {
        using var client = _system.CreateClient();
        await client.RegisterAsync();
        var decided = await _browser.OpenAsync(
            client.AuthorizeUrl(("state", "a-state-of-the-client"), ("nonce", "a-nonce-of-the-client")),
            uri => uri.AbsolutePath == "/authorize" && uri.Query.Contains("interaction=", StringComparison.Ordinal)
        );
        var cookies = _browser.Cookies.GetAllCookies().ToList();
        cookies.Single(cookie => cookie.Name.StartsWith("mcpoidc-session", StringComparison.Ordinal)).Expired = true;

        var timeline = await OfAsync(await ShowAsync(decided.Uri.AbsoluteUri));

        Assert.Equal("session_gone", timeline.Reason);
        var said = timeline.ToString() + string.Join('\n', timeline.Steps);
        string[] secrets =
        [
            "alice",
            "example.com",
            "a-state",
            "a-nonce",
            client.Challenge,
            client.Verifier,
            decided.Query("interaction")!,
            .. cookies.Select(cookie => cookie.Value),
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, said, StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_timeline_of_a_refused_sign_in_shows_who_refused()
    {
        _browser.AtIdentityProvider = "cancel";
        var end = await _browser.OpenAsync(_system.Issuer + "/account", _ => false);

        var timeline = await OfAsync(end.Html!);

        Assert.Equal(["page", "idp.sent", "idp.refused"], timeline.Steps.Select(step => step.Step));
    }

    [Fact]
    public async Task A_timeline_is_kept_for_a_day()
    {
        var reference = ReferenceOf(await ShowAsync(_system.Issuer + "/oauth/consent?interaction=none"));
        var timelines = _system.Server.Services.GetRequiredService<SignInTimelines>();
        _system.Clock.Advance(TimeSpan.FromHours(23));
        Assert.NotNull(await timelines.FindAsync($" {reference} "));
        _system.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Null(await timelines.FindAsync(reference));
    }

    [Fact]
    public async Task Strangers_cannot_fill_the_store_with_timelines()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
        });
        RateLimits.RateLimitTests.BeginWindow(system, TimeSpan.FromMinutes(1));
        using var client = system.CreateClient();
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        var kept = 0;
        for (var page = 0; page < 20; page++)
        {
            using var response = await client.Http.GetAsync(system.Issuer + "/oauth/consent?interaction=none");
            var reference = ReferenceOf(await response.Content.ReadAsStringAsync());
            kept += await system.Server.Services.GetRequiredService<SignInTimelines>().FindAsync(reference) is null ? 0 : 1;
        }

        Assert.Equal(12, kept);
    }

    [Fact]
    public void The_documentation_explains_every_step_and_no_other()
    {
        var noted = Repository
            .SourcesOf("McpOidc")
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), "trail\\.Note\\(([^,;]+)"))
            .SelectMany(call => Regex.Matches(call.Groups[1].Value, "\"([a-z_]+(?:\\.[a-z_]+)?)\""))
            .Select(word => word.Groups[1].Value)
            .Distinct();
        var table = File.ReadAllText(Path.Combine(Repository.Root, "docs", "admin.md")).Split("## Timeline")[1];
        var explained = Regex
            .Matches(table, "^\\| (`.+?) \\|", RegexOptions.Multiline)
            .SelectMany(row => Regex.Matches(row.Groups[1].Value, "`([^`]+)`"))
            .Select(word => word.Groups[1].Value);
        Assert.Equal(noted.Order(StringComparer.Ordinal), explained.Order(StringComparer.Ordinal));
    }

    private async Task<SignInTimeline> OfAsync(string html) =>
        await _system.Server.Services.GetRequiredService<SignInTimelines>().FindAsync(ReferenceOf(html))
        ?? throw new InvalidOperationException("Nothing was kept.");

    private async Task<string> ShowAsync(string url)
    {
        using var response = await _browser.GetAsync(url);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    private static string ReferenceOf(string html) => new HtmlParser().ParseDocument(html).QuerySelector(".reference code")!.TextContent;
}
