using McpOidc.Hosting;
using McpOidc.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpOidc.Storage;

/// <summary>
/// Waits for a Redis that is away at start, and says so at once and each half minute; until it answers requests are answered 503 and
/// <c>/health</c> is. One that refuses us stops the start.
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

    // Not in the constructor: settings are validated after the services are built and before they start.
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

    // A start that fails after this one stops nothing.
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
        "Waiting for Redis at {Address}: it does not answer, and requests are answered 503 until it does. Start it, or correct "
            + "ConnectionStrings:redis (environment: ConnectionStrings__redis)."
    )]
    private partial void LogAway(string address);

    [LoggerMessage(2942, LogLevel.Information, "Redis at {Address} answers.")]
    private partial void LogThere(string address);
}
