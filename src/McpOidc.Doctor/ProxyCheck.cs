using System.Net;
using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether https requests arrive as https, for which the server must trust the proxy that terminates TLS.</summary>
internal sealed class ProxyCheck : ICheck
{
    private static readonly Finding s_finding = new("proxy");
    private static readonly string s_setting = Finding.Setting("McpOidc:TrustedProxies:0");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var network in examination.Settings.Common?.TrustedProxies ?? [])
        {
            if (IPNetwork.TryParse(network, out var parsed) && parsed.PrefixLength == 0)
            {
                yield return s_finding.Warning(
                    $"{network} trusts X-Forwarded headers from every caller: any caller can fake https and any address.",
                    $"Set {s_setting} to the proxy's network only."
                );
            }
        }

        if (examination.Issuer is not { } issuer)
        {
            yield return s_finding.Skipped("There is no issuer; see the configuration.");
            yield break;
        }

        if (!issuer.IsSecure)
        {
            yield return s_finding.Ok("The issuer does not use TLS, so no proxy is involved.");
            yield break;
        }

        yield return await JudgeAsync(examination, issuer, cancellationToken);
    }

    private static async Task<DoctorFinding> JudgeAsync(Examination examination, Issuer issuer, CancellationToken cancellationToken)
    {
        // Rejected for the missing token; before that, if the server takes the request for http (HttpsMiddleware).
        var answer = await examination.Http.GetAsync(issuer.Endpoint(EndpointPaths.UserInfo), cancellationToken);
        if (answer.Failure is not null || answer.Status is not (400 or 401))
        {
            return s_finding.Skipped($"{answer.Url} {answer.Does}; see 'well-known' and 'endpoints'.");
        }

        if (answer.Text("error_description")?.Contains("https only", StringComparison.Ordinal) is not true)
        {
            return s_finding.Ok("https requests arrive as https.");
        }

        examination.IsTakenForHttp = true;
        var page = await examination.Http.GetAsync(issuer.Endpoint(EndpointPaths.Authorize), cancellationToken);
        return page.IsRedirect
            ? s_finding.Problem(
                "The server takes https requests for http and redirects them to the same URL: the proxy does not report that they use "
                    + "https.",
                $"Configure the proxy to send X-Forwarded-Proto and X-Forwarded-For, and add its network (10.0.0.0/8) to {s_setting}."
            )
            : s_finding.Problem(
                "The server rejects https requests as http: it does not trust the proxy.",
                $"Add the proxy's network, as the server sees it, to {s_setting}, for instance 10.0.0.0/8."
            );
    }
}
