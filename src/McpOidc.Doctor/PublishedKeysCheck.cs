using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether the running server publishes the keys that these settings yield.</summary>
internal sealed class PublishedKeysCheck : ICheck
{
    private static readonly Finding s_finding = new("published keys");

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

        var answer = await examination.Http.GetAsync(issuer.Endpoint(EndpointPaths.Jwks), cancellationToken);
        yield return answer is { IsOk: true, Json: { } set }
            ? Judge(examination, set)
            : s_finding.Problem($"{answer.Url} {answer.Does}.", OwnSite.RemedyFor(answer));
    }

    private static string Keys(int count) => count == 1 ? "1 key" : $"{count} keys";

    private static DoctorFinding Judge(Examination examination, JsonObject set)
    {
        var published = (set["keys"] as JsonArray)?.Select(key => (string?)key?["kid"]).ToHashSet() ?? [];
        if (examination.Keys is not { } own)
        {
            return published.Count == 0
                ? s_finding.Problem("The server publishes no key.", "Restart it, and check its log.")
                : s_finding.Skipped($"The server publishes {Keys(published.Count)}; the expected ones could not be read.");
        }

        var missing = own.All.Where(id => !published.Contains(id)).ToList();
        return missing.Count == 0
            ? s_finding.Ok($"The server publishes all expected keys, including the next ones: {Keys(own.All.Length)}.")
            : s_finding.Problem(
                $"The server does not publish {string.Join(", ", missing)}: tokens signed by one of the servers are rejected.",
                $"Make sure that all servers use the same store, {Finding.Setting("McpOidc:Secret")} and "
                    + $"{Finding.Setting("McpOidc:Keys:Jwks")}; restart those that have not updated within a minute."
            );
    }
}
