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

    /// <summary>Puts a person into groups, and takes them out of all others. Tokens and userinfo answers say so from now on.</summary>
    /// <param name="userName">The person.</param>
    /// <param name="groups">All their groups.</param>
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
