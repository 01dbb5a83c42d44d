using McpOidc.Federation;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace McpOidc.Tests.Federation;

/// <summary>The provider's response to a refresh decides what happens to the user's tools, sign-ins and next visit.</summary>
public sealed class RefreshBehaviourTests(RefreshBehaviourTests.Fixture fixture) : IClassFixture<RefreshBehaviourTests.Fixture>, IDisposable
{
    /// <summary>The response to the request that ends a session may be cut off together with the session.</summary>
    private const int CutOff = 0;
    private static readonly TimeSpan s_checkInterval = TimeSpan.FromMinutes(61);

    public static TheoryData<string> Names => [.. RefreshBehaviour.All.Keys];

    [Fact]
    public void The_table_of_refresh_responses_does_not_shrink() =>
        Assert.True(RefreshBehaviour.All.Count >= 180, $"{RefreshBehaviour.All.Count}");

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_response_to_a_refresh_decides_how_the_person_is_treated(string name)
    {
        var behaviour = RefreshBehaviour.All[name];
        var (idp, system) = (fixture.Idp, fixture.System);
        system.Clock.Advance(TimeSpan.FromHours(3));
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var before = system.Server.Logs.Lines.Count;
        system.Clock.Advance(TimeSpan.FromMinutes(3));
        idp.Script = async http =>
        {
            if (http.Request.Path != "/token")
            {
                return false;
            }

            await behaviour.Answer(http);
            return true;
        };

        var expected = behaviour.Meaning switch
        {
            null => 200,
            IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson => 404,
            _ => 503,
        };
        var isOver = behaviour.Meaning == IdentityProviderFailure.Ended;
        var first = await StatusAsync(client, system, tokens.AccessToken, "/idp-token");
        Assert.True(first == expected || (isOver && first == CutOff), $"{first}");
        // It is not asked again after a verdict on the user or on us.
        var asked = idp.TokenRequests;
        Assert.Equal(isOver ? 401 : expected, await StatusAsync(client, system, tokens.AccessToken, "/idp-token"));
        Assert.True(behaviour.Meaning == IdentityProviderFailure.Away || asked == idp.TokenRequests);
        Assert.Equal(isOver ? 401 : 200, await StatusAsync(client, system, tokens.AccessToken, "/session"));
        if (behaviour.Meaning is { } meaning)
        {
            var lines = system.Server.Logs.Lines.Skip(before).Where(line => line.Contains("[140", StringComparison.Ordinal)).ToList();
            Assert.Contains(lines, line => line.Contains($"({meaning})", StringComparison.Ordinal));
            Assert.Contains(lines, line => line.Contains(behaviour.Cause, StringComparison.Ordinal));
        }

        Assert.Equal(behaviour.Meaning == IdentityProviderFailure.Misconfigured, await IsDegradedAsync(system));
        await AssertNextVisitAsync(client, browser, behaviour, tokens);
    }

    public void Dispose() => fixture.Idp.Script = null;

    private async Task AssertNextVisitAsync(OAuthClient client, Browser browser, RefreshBehaviour behaviour, TokenAnswer tokens)
    {
        var (idp, system) = (fixture.Idp, fixture.System);
        var isSignedOut = behaviour.Meaning is IdentityProviderFailure.Ended or IdentityProviderFailure.NeedsPerson;
        system.Clock.Advance(s_checkInterval);
        var refreshed = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal((isSignedOut ? 400 : 200, isSignedOut ? "invalid_grant" : null), (refreshed.Status, refreshed.Error));

        idp.Script = null;
        var visits = browser.VisitsOf(idp.Issuer);
        await client.GetCodeAsync(browser);
        Assert.Equal(isSignedOut, browser.VisitsOf(idp.Issuer) > visits);
    }

    private static async Task<bool> IsDegradedAsync(TestSystem system)
    {
        var report = await system.Server.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        return report.Status == HealthStatus.Degraded;
    }

    private static async Task<int> StatusAsync(OAuthClient client, TestSystem system, string token, string path)
    {
        try
        {
            using var response = await client.CallAsync(system.McpOrigin + path, token, HttpMethod.Get);
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return CutOff;
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        public FaultyIdentityProvider Idp { get; private set; } = null!;

        public TestSystem System { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Idp = await FaultyIdentityProvider.StartAsync();
            System = await TestSystem.StartAsync(options =>
            {
                Idp.Clock = options.Clock;
                options.Provider = Idp.Settings;
                options.Set("McpOidc:IdentityProvider:UserLiveness", "Always");
                options.Set("McpOidc:IdentityProvider:Timeout", "00:00:20");
                options.Map = SessionEndpoint.Map;
            });
        }

        public async Task DisposeAsync()
        {
            await System.DisposeAsync();
            await Idp.DisposeAsync();
        }
    }
}
