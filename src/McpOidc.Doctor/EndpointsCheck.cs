using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether the endpoints are reachable at the URLs in the metadata. An empty request to each gets a typical error; a proxy would
/// answer differently.</summary>
internal sealed class EndpointsCheck : ICheck
{
    private static readonly Finding s_finding = new("endpoints");
    private static readonly string[] s_paths =
    [
        EndpointPaths.Authorize,
        EndpointPaths.Token,
        EndpointPaths.Register,
        EndpointPaths.UserInfo,
        EndpointPaths.Callback,
    ];

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

        var good = 0;
        foreach (var path in s_paths)
        {
            var answer = await examination.Http.GetAsync(issuer.Endpoint(path), cancellationToken);

            // Ours: 400 for an empty request, 401 without a token, 405 if only POST is allowed.
            if (answer.Status is 400 or 401 or 405)
            {
                good++;
            }
            else
            {
                yield return s_finding.Problem(
                    $"{answer.Url} {answer.Does}, but the server would answer 400, 401 or 405.",
                    OwnSite.RemedyFor(answer)
                );
            }
        }

        if (good == s_paths.Length)
        {
            yield return s_finding.Ok($"{good} endpoints are reachable below {issuer.Value}.");
        }
    }
}
