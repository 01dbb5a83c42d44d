using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether clients in a browser may read the metadata and request tokens.</summary>
internal sealed class CorsCheck : ICheck
{
    private const string Origin = "https://client.example";
    private const string Remedy =
        "Configure the proxy to pass OPTIONS and the Access-Control headers in both directions and to add none. The server allows every "
        + "origin at these paths.";
    private static readonly Finding s_finding = new("cors");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination is not { Metadata: not null, Issuer: { } issuer })
        {
            yield return s_finding.Skipped("The server is unreachable.");
            yield break;
        }

        var metadata = OwnSite.MetadataForms(issuer, [])[0].Url;
        (string Url, string Method, string Header)[] asked =
        [
            (metadata, "GET", "mcp-protocol-version"),
            (issuer.Endpoint(EndpointPaths.Token), "POST", "content-type"),
            (issuer.Endpoint(EndpointPaths.Register), "POST", "content-type"),
        ];
        var refused = 0;
        foreach (var (url, method, header) in asked)
        {
            if (Complaint(await examination.Http.PreflightAsync(url, Origin, method, header, cancellationToken), header) is { } complaint)
            {
                refused++;
                yield return s_finding.Problem($"A browser may not send {method} {url} with {header}: {complaint}.", Remedy);
            }
        }

        var answer = await examination.Http.GetAsync(metadata, cancellationToken, within: null, ("Origin", Origin));
        if (!Allows(answer, Origin))
        {
            refused++;
            yield return s_finding.Problem(
                $"A browser may not read {metadata}: the response has no Access-Control-Allow-Origin for its origin.",
                Remedy
            );
        }

        if (refused == 0)
        {
            yield return s_finding.Ok("Clients in a browser may read the metadata, register and request tokens.");
        }
    }

    /// <summary>Why a browser would stop after this preflight, or <see langword="null"/>.</summary>
    public static string? Complaint(ProbeAnswer preflight, string header, string origin = Origin) =>
        preflight.Failure is not null || !preflight.IsOk ? $"the preflight {preflight.Does}"
        : !Allows(preflight, origin) ? "the preflight has no Access-Control-Allow-Origin for its origin"
        : preflight
            .Header("Access-Control-Allow-Headers")
            ?.Split(',')
            .Any(name => name.Trim() is "*" || name.Trim().Equals(header, StringComparison.OrdinalIgnoreCase))
            is true
            ? null
        : $"Access-Control-Allow-Headers does not list {header}";

    public static bool Allows(ProbeAnswer answer, string origin) =>
        answer.Header("Access-Control-Allow-Origin") is { } allowed && (allowed == "*" || allowed == origin);
}
