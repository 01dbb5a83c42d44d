using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;

namespace McpOidc.Tests.Interop;

/// <summary>The journey with an identity provider that is not ours. Its clock is real: what it honours is the refresh token, whenever we
/// think that the access token ends.</summary>
public sealed class PanvaIdentityProviderTests
{
    [NodeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_signs_in_calls_upstream_refreshes_and_survives_a_restart(bool standalone)
    {
        var port = Loopback.FreePort();
        await using var idp = await PanvaIdentityProvider.StartAsync($"http://localhost:{port}/oauth/callback");
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.ServerPort = port;
            options.Provider = idp.Settings;

            // It gives refresh tokens only to whom it asked for consent.
            options.Set("McpOidc:IdentityProvider:AdditionalParameters:prompt", "consent");
        });
        try
        {
            await Journey.RunAsync(system, async resource => await SdkClient.ConnectAsync(resource), idp.CountRefreshesAsync);
        }
        catch (Exception failure)
        {
            throw idp.Explain(failure);
        }
    }
}
