using System.Net;
using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether what clients send by https arrives as https, for which the server has to believe the proxy that ends TLS.</summary>
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
                    $"{network} trusts everybody's X-Forwarded headers: anybody can pretend to come by https, and from any address.",
                    $"Name only the network of the proxy in {s_setting}."
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
            yield return s_finding.Ok("The issuer has no TLS, so that nothing depends on a proxy.");
            yield break;
        }

        yield return await JudgeAsync(examination, issuer, cancellationToken);
    }

    private static async Task<DoctorFinding> JudgeAsync(Examination examination, Issuer issuer, CancellationToken cancellationToken)
    {
        // Refused for its missing token; but before that, where the server takes it for http (HttpsMiddleware).
        var answer = await examination.Http.GetAsync(issuer.Endpoint(EndpointPaths.UserInfo), cancellationToken);
        if (answer.Failure is not null || answer.Status is not (400 or 401))
        {
            return s_finding.Skipped($"{answer.Url} {answer.Does}; see 'well-known' and 'endpoints'.");
        }

        if (answer.Text("error_description")?.Contains("https only", StringComparison.Ordinal) is not true)
        {
            return s_finding.Ok("What is sent by https arrives as https.");
        }

        examination.IsTakenForHttp = true;
        var page = await examination.Http.GetAsync(issuer.Endpoint(EndpointPaths.Authorize), cancellationToken);
        return page.IsRedirect
            ? s_finding.Problem(
                "The server takes requests by https for http and redirects them to themselves: the proxy does not say that they came "
                    + "by https.",
                $"Let the proxy send X-Forwarded-Proto and X-Forwarded-For, and name its network in {s_setting}, for instance 10.0.0.0/8."
            )
            : s_finding.Problem(
                "The server refuses requests by https as http: it does not believe the proxy.",
                $"Name the network of the proxy, as the server sees it, in {s_setting}, for instance 10.0.0.0/8."
            );
    }
}
