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

    /// <summary>The issuer, without a trailing slash.</summary>
    public string Issuer => Options.Issuer;

    /// <summary>The options in use.</summary>
    public DevIdpOptions Options { get; }

    /// <summary>The requests so far.</summary>
    public DevIdpStatistics Statistics { get; }

    /// <summary>Controls misbehavior, for tests.</summary>
    public DevIdpFaults Faults { get; }

    /// <summary>Replaces the groups of a user. Tokens and userinfo responses include them from now on.</summary>
    /// <param name="userName">The user.</param>
    /// <param name="groups">All groups of the user.</param>
    public void SetGroups(string userName, params IEnumerable<string> groups) =>
        _app.Services.GetRequiredService<Memberships>().Set(userName, groups);

    internal Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
