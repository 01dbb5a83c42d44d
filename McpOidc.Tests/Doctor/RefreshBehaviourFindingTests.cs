using McpOidc.Doctor;
using McpOidc.Federation;
using McpOidc.Tests.Federation;

namespace McpOidc.Tests.Doctor;

/// <summary>The doctor's column in the table of a provider's possible token endpoint responses.</summary>
public sealed class RefreshBehaviourFindingTests(RefreshBehaviourFindingTests.Fixture fixture)
    : IClassFixture<RefreshBehaviourFindingTests.Fixture>
{
    public static TheoryData<string> Names => [.. RefreshBehaviour.All.Keys];

    // None of them is the response to a client with the correct secret and no code: a positive finding would be false.
    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_doctor_reports_a_finding_with_a_remedy_when_the_token_endpoint_returns(string name)
    {
        var behaviour = RefreshBehaviour.All[name];
        fixture.Provider.Before = async http =>
        {
            if (http.Request.Path != "/token")
            {
                return false;
            }

            await behaviour.Answer(http);
            return true;
        };

        var report = await Examine.RunAsync(
            fixture.Provider.Settings(Examine.Settings()),
            new IdentityProviderDiscoveryCheck(),
            new IdentityProviderClientCheck()
        );

        var finding = Assert.Single(report.Findings, finding => finding.Check == "idp client");
        Assert.True(finding.Outcome is DoctorOutcome.Problem or DoctorOutcome.Warning, finding.Message);
        Assert.Contains("McpOidc:IdentityProvider:Client", finding.Remedy, StringComparison.Ordinal);
        if (behaviour.Cause is "invalid_client" or "unauthorized_client" && !name.StartsWith("200", StringComparison.Ordinal))
        {
            Assert.Equal(DoctorOutcome.Problem, finding.Outcome);
        }

        if (behaviour.Meaning is not null and not IdentityProviderFailure.Ended && behaviour.Cause != "no_access_token")
        {
            Assert.Contains(behaviour.Cause, finding.Message, StringComparison.Ordinal);
        }
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal StandInProvider Provider { get; private set; } = null!;

        public async Task InitializeAsync() => Provider = await StandInProvider.StartAsync();

        public async Task DisposeAsync() => await Provider.DisposeAsync();
    }
}
