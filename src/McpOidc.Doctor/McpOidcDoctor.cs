using McpOidc.Doctor.Walks;

namespace McpOidc.Doctor;

/// <summary>
/// Looks at an installation from where it runs: settings, store, keys, clock, identity provider, and what clients meet at the public URL.
/// It needs the services of an authorization server, and neither that the server runs nor that its settings are right.
/// </summary>
/// <remarks>
/// Nothing is changed at the identity provider, and nothing in the store besides one record that is removed at once. Secrets go where the
/// server itself sends them, and never into a finding.
/// </remarks>
public sealed class McpOidcDoctor
{
    private readonly IServiceProvider _services;

    internal McpOidcDoctor(IServiceProvider services) => _services = services;

    /// <summary>Runs every check, in order; each goes on as far as those before it let it.</summary>
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
            // A fault of the check, or of a store of the host's own. Its text is not ours, and may hold what is secret.
            findings.Add(
                new Finding(Checks.NameOf(check)).Warning(
                    $"This check did not come to its end ({exception.GetType().Name}); the others went on.",
                    "Tell the makers of McpOidc, with the settings concerned."
                )
            );
        }
    }

    /// <summary>Walks discovery at an MCP server, ours or another, as each known MCP client does, up to the page on which a person signs
    /// in.</summary>
    /// <param name="resource">The URL of the MCP endpoint, as people type it into a client.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>One finding for each client.</returns>
    /// <exception cref="ArgumentException">The URL is not an absolute http or https URL.</exception>
    public async Task<DoctorReport> WalkAsync(string resource, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resource);
        if (!Configuration.UrlRules.TryRead(resource, out var endpoint))
        {
            throw new ArgumentException(
                "The URL of an MCP endpoint is needed, for instance https://mcp.example.com/mcp.",
                nameof(resource)
            );
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
