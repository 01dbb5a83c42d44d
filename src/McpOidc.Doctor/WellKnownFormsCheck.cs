using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Requests the metadata of the configured issuer in every form that clients use.</summary>
internal sealed class WellKnownFormsCheck : ICheck
{
    private static readonly Finding s_finding = new("well-known");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Issuer is not { } issuer)
        {
            yield return s_finding.Skipped("There is no issuer; see the configuration.");
            yield break;
        }

        if (examination.IsTakenForHttp)
        {
            yield return s_finding.Skipped("The server takes https for http and answers no request; see 'proxy'.");
            yield break;
        }

        var good = 0;
        foreach (var (url, isOptional) in OwnSite.MetadataForms(issuer, examination.Settings.Common!.Resources))
        {
            var answer = await examination.Http.GetAsync(url, cancellationToken);
            if (answer.Failure is not null)
            {
                yield return s_finding.Problem($"{url} {answer.Does}.", OwnSite.RemedyFor(answer));
                // The other URLs have the same host and would fail in the same way, each after its time-out.
                yield break;
            }

            if (Judge(answer, issuer, isOptional) is { } found)
            {
                yield return found;
                continue;
            }

            examination.Metadata ??= answer.Json;
            good++;
        }

        if (good > 0)
        {
            yield return s_finding.Ok($"{good} well-known URLs work for the issuer {issuer.Value}.");
        }
    }

    private static DoctorFinding? Judge(ProbeAnswer answer, Issuer issuer, bool isOptional)
    {
        if (answer is not { IsOk: true, Json: not null })
        {
            var message = $"{answer.Url} {answer.Does}.";
            return isOptional
                ? s_finding.Warning(message + " Older clients use this URL.", OwnSite.RemedyFor(answer))
                : s_finding.Problem(message, OwnSite.RemedyFor(answer));
        }

        // Byte by byte, as clients compare (RFC 8414 §3.3).
        return answer.Text("issuer") == issuer.Value
            ? null
            : s_finding.Problem(
                $"{answer.Url} names the issuer '{answer.Text("issuer")}', not '{issuer.Value}'.",
                $"It belongs to another server, or to one with a different {Finding.Setting("McpOidc:Issuer")}. Set both to exactly the "
                    + $"same issuer."
            );
    }
}
