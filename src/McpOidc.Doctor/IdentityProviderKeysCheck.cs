using System.Runtime.CompilerServices;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Doctor;

/// <summary>Whether the identity provider publishes a key by which an id_token can be verified.</summary>
internal sealed class IdentityProviderKeysCheck : ICheck
{
    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var provider in examination.Providers)
        {
            var finding = new Finding("idp keys" + provider.Suffix);
            yield return provider.Endpoint("jwks_uri") is { } url
                ? Judge(finding, await examination.Http.GetAsync(url, cancellationToken, provider.TimeLimit))
                : finding.Skipped("Where the provider's keys are is not known.");
        }
    }

    private static DoctorFinding Judge(Finding finding, ProbeAnswer answer)
    {
        const string Remedy = "The provider has to publish its public RSA or EC signing keys there.";
        if (answer is not { IsOk: true, Json: not null })
        {
            return finding.Problem(
                $"The provider's keys: {answer.Url} {answer.Does}.",
                "Open the way to it, or fix it at the provider: without keys no id_token can be verified."
            );
        }

        try
        {
            var keys = new JsonWebKeySet(answer.Body).Keys;
            var usable = keys.Count(AsymmetricAlgorithms.MayVerify);
            return usable > 0
                ? finding.Ok($"{usable} of {keys.Count} published keys can verify id_tokens.")
                : finding.Problem($"{answer.Url} publishes {(keys.Count == 0 ? "no key" : "no key that can verify an id_token")}.", Remedy);
        }
        catch (Exception exception) when (exception is ArgumentException or System.Text.Json.JsonException)
        {
            return finding.Problem($"{answer.Url} is not a JSON Web Key Set.", Remedy);
        }
    }
}
