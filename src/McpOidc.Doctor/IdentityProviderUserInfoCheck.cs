using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether the claims can be had that an id_token lacks: many providers tell name and address at the userinfo endpoint
/// only.</summary>
internal sealed class IdentityProviderUserInfoCheck : ICheck
{
    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var provider in examination.Providers)
        {
            var finding = new Finding("idp userinfo" + provider.Suffix);
            yield return provider.Document is null
                ? finding.Skipped("The provider's metadata are not known.")
                : await JudgeAsync(finding, provider, examination.Http, cancellationToken);
        }
    }

    private static async Task<DoctorFinding> JudgeAsync(
        Finding finding,
        ExaminedProvider provider,
        Probe http,
        CancellationToken cancellationToken
    )
    {
        var setting = provider.Setting(nameof(IdentityProviderOptions.LoadUserInfo));
        if (provider.Endpoint("userinfo_endpoint") is not { } url)
        {
            return provider.Options.LoadUserInfo
                ? finding.Warning(
                    "The discovery document has no usable userinfo_endpoint, which is to be asked at every sign-in.",
                    $"Set {setting} to false, or switch the endpoint on at the provider."
                )
                : finding.Skipped("The provider has no userinfo endpoint: who people are it has to say in the id_token.");
        }

        // Without a token it refuses, and so shows that it is there (RFC 6750 §3.1).
        var answer = await http.GetAsync(url, cancellationToken, provider.TimeLimit);
        return answer is { Failure: null, Status: (>= 200 and < 300) or 400 or 401 or 403 }
            ? finding.Ok($"{ProbeAnswer.WithoutQuery(url)} can be asked for what an id_token lacks.")
            : finding.Warning(
                $"The userinfo endpoint {ProbeAnswer.WithoutQuery(url)} {answer.Does} without a token: where id_tokens have no "
                    + "name and address, as with Authelia and LemonLDAP::NG, people are signed in without.",
                "Open the way to it, or let the provider put the claims into id_tokens."
            );
    }
}
