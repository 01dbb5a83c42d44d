using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Journeys;

/// <summary>What every client goes through: connect, call, refresh, continue after every process restarts, all with one sign-in.</summary>
public static class Journey
{
    /// <summary>Uses the demo identity provider, which counts its requests.</summary>
    public static async Task RunAsync(TestSystem system, Func<string, Task<IJourneyClient>> connect)
    {
        await RunAsync(system, connect, () => Task.FromResult(system.Idp!.Statistics.RefreshRequests));
        Assert.Equal(0, system.Idp!.Statistics.RefreshReuses);
    }

    /// <param name="system">The running system.</param>
    /// <param name="connect">Connects a client to the given resource.</param>
    /// <param name="upstreamRefreshes">How many refreshes the identity provider has answered so far.</param>
    public static async Task RunAsync(TestSystem system, Func<string, Task<IJourneyClient>> connect, Func<Task<int>> upstreamRefreshes)
    {
        IJourneyClient? client = null;
        try
        {
            client = await connect(system.Resource);
            await TravelAsync(system, client, upstreamRefreshes);
        }
        catch (Exception failure)
        {
            var errors = system
                .Sites.SelectMany(site => site.Logs.Lines)
                .Where(line =>
                    line.StartsWith("Error ", StringComparison.Ordinal) || line.StartsWith("Warning ", StringComparison.Ordinal)
                );
            throw new InvalidOperationException(
                string.Join(Environment.NewLine, [failure.Message, client?.Diagnostics ?? "", "Logs of the servers:", .. errors]),
                failure
            );
        }
        finally
        {
            if (client is not null)
            {
                await client.DisposeAsync();
            }
        }
    }

    private static async Task TravelAsync(TestSystem system, IJourneyClient client, Func<Task<int>> upstreamRefreshes)
    {
        var subject = await client.CallAsync("whoami");
        Assert.NotEqual("nobody", subject);
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile"), StringComparison.Ordinal);
        Assert.Equal(0, await upstreamRefreshes());

        // Both tokens expire, ours and the identity provider's: the client refreshes one, the server the other.
        system.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(subject, await client.CallAsync("whoami"));
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile"), StringComparison.Ordinal);
        Assert.Equal(1, await upstreamRefreshes());

        await system.RestartAsync();
        Assert.Equal(subject, await client.CallAsync("whoami"));
        system.Clock.Advance(TimeSpan.FromMinutes(20));
        Assert.Contains("alice@example.com", await client.CallAsync("upstream_profile"), StringComparison.Ordinal);
        Assert.Equal(2, await upstreamRefreshes());
        Assert.Equal(1, client.SignIns);
    }
}
