using McpOidc.Doctor.Walks;

namespace McpOidc.Doctor;

/// <summary>
/// Examines an installation from the machine where it runs: settings, store, keys, clock, identity provider, and what clients see at the
/// public URL. It needs the services of an authorization server, but the server need not run and its settings may be invalid.
/// </summary>
/// <remarks>
/// It changes nothing at the identity provider, and nothing in the store except for one record that it removes immediately. Secrets are
/// sent only where the server itself sends them, and never appear in a finding.
/// </remarks>
public sealed class McpOidcDoctor
{
    private readonly IServiceProvider _services;

    internal McpOidcDoctor(IServiceProvider services) => _services = services;

    /// <summary>Runs all checks in order, each as far as the earlier ones allow.</summary>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The findings.</returns>
    public Task<DoctorReport> ExamineAsync(CancellationToken cancellationToken = default) =>
        ExamineAsync(Checks.InOrder, cancellationToken);

    internal async Task<DoctorReport> ExamineAsync(IEnumerable<ICheck> checks, CancellationToken cancellationToken)
    {
        await using var examination = new Examination(_services);
        var findings = new List<DoctorFinding>();
        foreach (var check in checks)
        {
            await RunAsync(check, examination, findings, cancellationToken);
        }

        return new DoctorReport(findings);
    }

    private static async Task RunAsync(
        ICheck check,
        Examination examination,
        List<DoctorFinding> findings,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await foreach (var finding in check.RunAsync(examination, cancellationToken))
            {
                findings.Add(finding);
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // A fault of the check, or of the host's own store. Its message may contain secrets.
            findings.Add(
                new Finding(Checks.NameOf(check)).Warning(
                    $"This check failed unexpectedly ({exception.GetType().Name}); the other checks were run.",
                    "Report it to the McpOidc project, with the related settings."
                )
            );
        }
    }

    /// <summary>Simulates discovery at an MCP server, ours or another, by each known MCP client, up to the sign-in page.</summary>
    /// <param name="resource">The URL of the MCP endpoint, as users enter it in a client.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>One finding for each client.</returns>
    /// <exception cref="ArgumentException">The URL is not an absolute http or https URL.</exception>
    public async Task<DoctorReport> WalkAsync(string resource, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (!Configuration.UrlRules.TryRead(resource, out var endpoint))
        {
            throw new ArgumentException("Pass the URL of an MCP endpoint, for instance https://mcp.example.com/mcp.", nameof(resource));
        }

        await using var examination = new Examination(_services);
        var site = new SiteUnderWalk(examination.Http, resource, endpoint);
        var findings = new List<DoctorFinding>();
        foreach (var client in KnownClients.All)
        {
            findings.Add(await new ClientWalk(client, site).RunAsync(cancellationToken));
        }

        return new DoctorReport(findings);
    }
}
