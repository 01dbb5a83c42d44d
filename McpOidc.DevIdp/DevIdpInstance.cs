namespace McpOidc.DevIdp;

/// <summary>A running demo identity provider.</summary>
public sealed class DevIdpInstance : IAsyncDisposable
{
    private readonly WebApplication _app;

    internal DevIdpInstance(WebApplication app, DevIdpOptions options, DevIdpStatistics statistics, DevIdpFaults faults)
    {
        _app = app;
        Options = options;
        Statistics = statistics;
        Faults = faults;
    }

    /// <summary>The issuer, without a slash at its end.</summary>
    public string Issuer => Options.Issuer;

    /// <summary>The options in use.</summary>
    public DevIdpOptions Options { get; }

    /// <summary>What was asked of it.</summary>
    public DevIdpStatistics Statistics { get; }

    /// <summary>Makes it misbehave.</summary>
    public DevIdpFaults Faults { get; }

    internal Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
