using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>
/// Waits for a Redis that is unreachable at start, and logs it immediately and every half minute. Until it responds, requests and
/// <c>/health</c> get 503. A Redis that rejects this server stops the start.
/// </summary>
internal sealed partial class RedisArrivalHostedService(
    IServiceProvider services,
    TimeProvider clock,
    ILogger<RedisArrivalHostedService> logger
) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_betweenLines = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _stopping = new();
    private Task _waiting = Task.CompletedTask;

    // Not in the constructor: settings are validated after services are created and before they start.
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<IMcpOidcStore>() is not MeasuredStore { Inner: RedisStore redis } || await AnswersAsync(redis))
        {
            return;
        }

        if (await redis.FindRefusalAsync() is { } refusal && !await AnswersAsync(redis))
        {
            throw new StartException($"{refusal.Problem} {refusal.Remedy}");
        }

        LogAway(redis.Address);
        _waiting = WaitAsync(redis, _stopping.Token);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _waiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // A service that fails to start after this one does not stop it.
    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    private static async Task<bool> AnswersAsync(RedisStore redis)
    {
        try
        {
            await redis.GetAsync(StoreKeys.HealthProbe);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }

    private async Task WaitAsync(RedisStore redis, CancellationToken cancellationToken)
    {
        using var pulse = new PeriodicTimer(s_pause, clock);
        var said = clock.GetUtcNow();
        while (await pulse.WaitForNextTickAsync(cancellationToken) && !await AnswersAsync(redis))
        {
            if (clock.GetUtcNow() - said >= s_betweenLines)
            {
                LogAway(redis.Address);
                said = clock.GetUtcNow();
            }
        }

        LogThere(redis.Address);
    }

    [LoggerMessage(
        2941,
        LogLevel.Warning,
        "Waiting for Redis at {Address}, which does not respond. Until it does, requests are answered with 503. Start it, or correct "
            + "ConnectionStrings:redis (environment: ConnectionStrings__redis)."
    )]
    private partial void LogAway(string address);

    [LoggerMessage(2942, LogLevel.Information, "Redis at {Address} responds.")]
    private partial void LogThere(string address);
}
