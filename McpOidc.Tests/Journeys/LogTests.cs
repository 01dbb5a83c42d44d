using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Journeys;

/// <summary>No credential and no user's address is in any log at any level.</summary>
public sealed class LogTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_complete_journey_leaves_no_secret_in_the_logs(bool standalone)
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Map = SessionEndpoint.Map;
        });
        var system = signedIn.System;
        var secrets = new List<string?>
        {
            signedIn.Tokens.AccessToken,
            signedIn.Tokens.RefreshToken,
            signedIn.Tokens["id_token"],
            signedIn.Client.Verifier,
            "alice@example.com",
            "Alice Adams",
        };

        using var confidential = system.CreateClient();
        var metadata = OAuthClient.Metadata(confidential.RedirectUri);
        metadata["token_endpoint_auth_method"] = "client_secret_basic";
        var registration = await confidential.RegisterAsync(metadata);
        secrets.AddRange([confidential.ClientSecret, registration["registration_access_token"]!.ToString()]);
        var code = await confidential.GetCodeAsync(signedIn.Browser);
        var tokens = await confidential.RedeemAsync(code);
        await confidential.RedeemAsync(code);
        secrets.AddRange([code, tokens["access_token"], tokens["refresh_token"]]);

        secrets.Add((await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString());
        system.Clock.Advance(TimeSpan.FromMinutes(10));
        secrets.Add((await SessionEndpoint.TokenAsync(signedIn)).Token!["access_token"]!.ToString());
        var refreshed = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        secrets.AddRange([refreshed.AccessToken, refreshed.RefreshToken]);
        await signedIn.StatusAsync("a-forged-token-of-somebody");
        await signedIn.Client.PostAsync("/token/revocation", [("token", refreshed.RefreshToken)]);
        await signedIn.Client.RefreshAsync(refreshed.RefreshToken);
        secrets.AddRange([
            "a-forged-token-of-somebody",
            .. signedIn.Browser.Cookies.GetAllCookies().Select(cookie => cookie.Value).Where(value => value.Length >= 16),
        ]);

        var lines = system.Sites.SelectMany(site => site.Logs.Lines).ToList();
        Assert.NotEmpty(lines);
        foreach (var secret in secrets.OfType<string>())
        {
            Assert.DoesNotContain(lines, line => line.Contains(secret, StringComparison.OrdinalIgnoreCase));
        }
    }

    // H20
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_kind_of_journey_leaves_no_secret_in_logs_or_traces(bool standalone)
    {
        var tags = new ConcurrentQueue<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
                tags.Enqueue(
                    $"{activity.DisplayName} "
                        + $"{string.Join(' ', activity.TagObjects.Concat(activity.Events.SelectMany(happened => happened.Tags)))} "
                        + $"{string.Join(' ', activity.Baggage)}"
                ),
        };
        ActivitySource.AddActivityListener(listener);
        using var store = TestStore.Sqlite();
        await using var journey = await EveryJourney.RunAsync(store, standalone);

        var logs = string.Join('\n', journey.System.Sites.SelectMany(site => site.Logs.Lines));
        var traces = string.Join('\n', tags);
        Assert.Contains("[1302]", logs, StringComparison.Ordinal);
        Assert.Contains("/token", traces, StringComparison.Ordinal);
        Assert.InRange(journey.Tap.Secrets.Count, 100, 5_000);
        foreach (var (secret, where) in journey.Tap.Secrets)
        {
            foreach (
                var form in new[]
                {
                    secret,
                    Uri.EscapeDataString(secret),
                    WebUtility.UrlEncode(secret),
                    JsonSerializer.Serialize(secret)[1..^1],
                }.Distinct()
            )
            {
                AssertAbsent(logs, form, where);
                AssertAbsent(traces, form, where);
            }
        }
    }

    // AS20
    [Fact]
    public async Task Every_grant_is_logged_with_its_scopes_and_a_wildcard_is_not_a_scope()
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        var tokens = await signedIn.Client.RedeemAsync(
            await signedIn.Client.GetCodeAsync(signedIn.Browser, ("scope", "openid * profile all admin"))
        );
        var token = JwtReader.Payload(tokens.AccessToken);
        Assert.Equal("openid profile", token["scope"]!.ToString());
        var line = Assert.Single(
            signedIn.System.Server.Logs.Lines,
            line => line.Contains(token["sid"]!.ToString(), StringComparison.Ordinal) && line.Contains("[1502]", StringComparison.Ordinal)
        );
        Assert.Contains("openid profile", line, StringComparison.Ordinal);
        Assert.Contains(ClientIdDigest.Of(signedIn.Client.ClientId), line, StringComparison.Ordinal);
    }

    private static void AssertAbsent(string text, string secret, string where)
    {
        var at = text.IndexOf(secret, StringComparison.OrdinalIgnoreCase);
        Assert.True(
            at < 0,
            at < 0 ? "" : $"{where}: {text.AsSpan(Math.Max(0, at - 300), Math.Min(500, text.Length - Math.Max(0, at - 300)))}"
        );
    }
}
