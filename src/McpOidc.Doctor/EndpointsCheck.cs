using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether the endpoints are reached where the metadata say they are. Each is asked for nothing, and says so; a proxy says
/// something else.</summary>
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
            yield return s_finding.Skipped("The server was not reached.");
            yield break;
        }

        var good = 0;
        foreach (var path in s_paths)
        {
            var answer = await examination.Http.GetAsync(issuer.Endpoint(path), cancellationToken);

            // Ours: 400 for a request that says nothing, 401 without a token, 405 where only POST is meant.
            if (answer.Status is 400 or 401 or 405)
            {
                good++;
            }
            else
            {
                yield return s_finding.Problem(
                    $"{answer.Url} {answer.Does}, where the server answers 400, 401 or 405.",
                    OwnSite.MendOf(answer)
                );
            }
        }

        if (good == s_paths.Length)
        {
            yield return s_finding.Ok($"{good} endpoints are reached below {issuer.Value}.");
        }
    }
}
