using System.Reflection;
using System.Text.RegularExpressions;
using McpOidc.Audit;
using McpOidc.Tests.Conventions;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Tests.Audit;

/// <summary>H21: who did what, with which client, from where and with what result; no other personal data.</summary>
public sealed partial class AuditEventTests
{
    [Fact]
    public void The_table_in_the_docs_lists_every_event_with_its_level_and_fields_and_no_other()
    {
        var code = typeof(AuditLog)
            .GetMethods(BindingFlags.Instance | BindingFlags.NonPublic)
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .Select(message =>
                $"{message.EventId} {message.EventName} {message.Level} "
                + $"{string.Join(", ", Placeholder().Matches(message.Message).Select(match => match.Groups[1].Value))}"
            );
        var docs = Row()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "audit-events.md")))
            .Select(row =>
                $"{row.Groups[1].Value} {row.Groups[2].Value} {row.Groups[3].Value} "
                + $"{row.Groups[4].Value.Replace("`", "", StringComparison.Ordinal)}"
            );
        Assert.Equal(code.Order(StringComparer.Ordinal), docs.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_message_starts_with_the_name_of_its_event() =>
        Assert.All(
            typeof(AuditLog)
                .GetMethods(BindingFlags.Instance | BindingFlags.NonPublic)
                .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
                .OfType<LoggerMessageAttribute>(),
            message => Assert.StartsWith(message.EventName + ": ", message.Message, StringComparison.Ordinal)
        );

    [Fact]
    public async Task A_complete_journey_logs_its_events_in_order_and_identifies_the_person_only_by_subject()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        using var browser = new Browser();
        var registration = await client.RegisterAsync();
        var first = await client.RedeemAsync(await client.GetCodeAsync(browser));
        var subject = JwtReader.Payload(first.AccessToken)["sub"]!.ToString();
        var second = await client.RefreshAsync(first.RefreshToken);
        var third = await client.RefreshAsync(second.RefreshToken);
        Assert.Equal("invalid_grant", (await client.RefreshAsync(first.RefreshToken)).Error);

        var code = await client.GetCodeAsync(browser);
        var fourth = await client.RedeemAsync(code);
        Assert.Equal("invalid_grant", (await client.RedeemAsync(code)).Error);
        var fifth = await client.RedeemAsync(await client.GetCodeAsync(browser));
        await client.PostAsync("/token/revocation", [("token", fifth.RefreshToken)]);
        await client.RefreshAsync("x", ("client_id", "no such\nclient"));
        browser.Decision = "deny";
        await client.AuthorizeAsync(browser, ("prompt", "consent"));
        using var stranger = new Browser { AtIdentityProvider = "cancel" };
        await client.AuthorizeAsync(stranger);
        using var request = new HttpRequestMessage(HttpMethod.Delete, registration["registration_client_uri"]!.ToString());
        request.Headers.Authorization = new("Bearer", registration["registration_access_token"]!.ToString());
        using var deleted = await client.Http.SendAsync(request);

        var lines = AuditLines(system);
        Assert.Equal(
            [
                "client.registered",
                "sign_in.finished",
                "consent.granted",
                "token.issued",
                "token.refreshed",
                "token.refreshed",
                "refresh_token.replayed",
                "token.issued",
                "code.replayed",
                "token.issued",
                "grant.revoked",
                "client.authentication_failed",
                "consent.denied",
                "sign_in.failed",
                "client.deleted",
            ],
            lines.Select(line => line.Split(':')[0])
        );
        Assert.All(
            lines.Where(line => line.Contains("subject ", StringComparison.Ordinal)),
            line => Assert.Contains($"subject {subject},", line, StringComparison.Ordinal)
        );
        Assert.All(
            lines.Where(line => line.Contains("grant ", StringComparison.Ordinal)),
            line => Assert.Matches("grant [A-Za-z0-9_-]{22},", line)
        );
        Assert.All(lines, line => Assert.Matches(@"from (127\.0\.0\.1|::1|::ffff:127\.0\.0\.1), trace .+\.$", line));
        Assert.Contains(lines, line => line.Contains("client no?such?client,", StringComparison.Ordinal));
        string?[] secrets =
        [
            "alice",
            "Adams",
            "example.com",
            code,
            client.Verifier,
            registration["registration_access_token"]!.ToString(),
            .. new[] { first, second, third, fourth, fifth }.SelectMany(tokens =>
                new[] { tokens["access_token"], tokens["refresh_token"], tokens["id_token"] }
            ),
        ];
        Assert.All(
            secrets.OfType<string>(),
            secret => Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase))
        );
    }

    [Fact]
    public async Task A_trusted_proxy_supplies_the_address_and_a_reached_limit_is_audited_once_per_window()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:TrustedProxies:0", "127.0.0.0/8");
            options.Set("McpOidc:TrustedProxies:1", "::1/128");
            options.Set("McpOidc:RateLimits:RegistrationsPerAddressPerHour", "1");
        });
        RateLimits.RateLimitTests.BeginWindow(system, TimeSpan.FromHours(1));
        using var client = system.CreateClient();
        client.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");
        await client.RegisterAsync();
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync());
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.RegisterAsync());
        var lines = AuditLines(system);
        Assert.Equal(["client.registered", "limit.reached"], lines.Select(line => line.Split(':')[0]));
        Assert.All(lines, line => Assert.Contains("from 203.0.113.7,", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_changed_metadata_document_is_an_audit_event()
    {
        await using var system = await DocumentSystem.StartAsync();
        var url = system.Publish();
        await system.AssertAcceptedAsync(url);
        system.Publish(url, document => document["client_name"] = "Another name");
        system.System.Clock.Advance(TimeSpan.FromDays(1));
        await system.AssertAcceptedAsync(url);
        Assert.Equal([$"client.document_changed: client {url},"], AuditLines(system.System).Select(line => line.Split(" trace")[0]));
    }

    [Theory]
    [InlineData("yes")]
    [InlineData("no")]
    public async Task A_consent_is_an_audit_event_whether_or_not_it_is_remembered(string remember)
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        await client.GetCodeAsync(browser);
        var before = AuditLines(system).Count;

        // A signed-in user proceeds without a visit to the provider.
        var page = await client.OpenConsentAsync(browser, ("prompt", "consent"));
        var (action, fields) = browser.ReadForm(page.Html!, page.Uri)!.Value;
        fields["remember"] = remember;
        using var allowed = await browser.PostAsync(action, fields);

        Assert.StartsWith("consent.granted", Assert.Single(AuditLines(system).Skip(before)), StringComparison.Ordinal);
    }

    private static List<string> AuditLines(TestSystem system) =>
        [
            .. system
                .Sites.SelectMany(site => site.Logs.Lines)
                .Select(line => AuditLine().Match(line))
                .Where(match => match.Success)
                .Select(match => match.Groups[1].Value.Trim()),
        ];

    [GeneratedRegex(@"^\w+ McpOidc\.Audit\[25\d\d\] (.*)$")]
    private static partial Regex AuditLine();

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^\| (\d+) \| `([^`]+)` \| (\w+) \| .+ \| (`.+`) \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
