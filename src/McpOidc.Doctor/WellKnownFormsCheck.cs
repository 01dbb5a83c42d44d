using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Asks for the metadata at the configured issuer, as clients do, in every form that they use.</summary>
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
            yield return s_finding.Skipped("The server takes https for http, and answers nothing; see 'proxy'.");
            yield break;
        }

        var good = 0;
        foreach (var (url, isOptional) in OwnSite.MetadataForms(issuer, examination.Settings.Common!.Resources))
        {
            var answer = await examination.Http.GetAsync(url, cancellationToken);
            if (answer.Failure is not null)
            {
                yield return s_finding.Problem($"{url} {answer.Does}.", OwnSite.MendOf(answer));
                // One host: all the others would say the same, each after its time.
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
            yield return s_finding.Ok($"{good} well-known forms answer for the issuer {issuer.Value}.");
        }
    }

    private static DoctorFinding? Judge(ProbeAnswer answer, Issuer issuer, bool isOptional)
    {
        if (answer is not { IsOk: true, Json: not null })
        {
            var message = $"{answer.Url} {answer.Does}.";
            return isOptional
                ? s_finding.Warning(message + " Older clients look there.", OwnSite.MendOf(answer))
                : s_finding.Problem(message, OwnSite.MendOf(answer));
        }

        // Byte by byte, as clients compare (RFC 8414 §3.3).
        return answer.Text("issuer") == issuer.Value
            ? null
            : s_finding.Problem(
                $"{answer.Url} is of the issuer '{answer.Text("issuer")}', not of '{issuer.Value}'.",
                $"What answers there is another server, or one with another {Finding.Setting("McpOidc:Issuer")}. Give both the same, "
                    + $"character by character."
            );
    }
}
