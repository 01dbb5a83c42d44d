using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether claims missing from id_tokens are available: many providers return name and e-mail address only from the userinfo
/// endpoint.</summary>
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
                ? finding.Skipped("The provider's metadata are unknown.")
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
                    "The discovery document has no usable userinfo_endpoint, which the settings require at every sign-in.",
                    $"Set {setting} to false, or enable the endpoint at the provider."
                )
                : finding.Skipped("The provider has no userinfo endpoint: its id_tokens must contain all claims.");
        }

        // Without a token it answers with an error, which shows that it exists (RFC 6750 §3.1).
        var answer = await http.GetAsync(url, cancellationToken, provider.TimeLimit);
        var exists =
            answer is { Failure: null, Status: (>= 200 and < 300) or 400 or 401 or 403 or 405 }
            && (answer.Status != 405 || provider.Options.OAuth.PostsToUserEndpoint);
        return exists
            ? finding.Ok($"{ProbeAnswer.WithoutQuery(url)} can return claims that the id_token lacks.")
            : finding.Warning(
                $"The userinfo endpoint {ProbeAnswer.WithoutQuery(url)} {answer.Does} without a token. If id_tokens have no "
                    + "name and e-mail address, as with Authelia and LemonLDAP::NG, users are signed in without them.",
                "Allow connections to it, or have the provider put the claims into id_tokens."
            );
    }
}
