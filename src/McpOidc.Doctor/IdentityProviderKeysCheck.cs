using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using McpOidc.Federation;

namespace McpOidc.Doctor;

/// <summary>Whether the identity provider publishes a key that can verify an id_token.</summary>
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
            yield return provider.Options.OAuth.IsUsed ? finding.Ok("Without OpenID Connect there is no id_token to verify.")
            : provider.Endpoint("jwks_uri") is { } url
                ? Judge(finding, await examination.Http.GetDocumentAsync(url, provider.TimeLimit, cancellationToken))
            : finding.Skipped("The URL of the provider's keys is unknown.");
        }
    }

    private static DoctorFinding Judge(Finding finding, ProbeAnswer answer)
    {
        const string Remedy = "The provider must publish its public RSA or EC signing keys there.";
        if (answer is not { IsOk: true, Json: not null })
        {
            return finding.Problem(
                $"The provider's keys: {answer.Url} {answer.Does}.",
                "Allow connections to it, or fix it at the provider: without keys no id_token can be verified."
            );
        }

        if (answer.Json["keys"] is not JsonArray keys)
        {
            return finding.Problem($"{answer.Url} is not a JSON Web Key Set.", Remedy);
        }

        // With the server's own code.
        var usable = ProviderKeys.Read(keys).Count;
        var broken = keys.Count(IsForSignatures) - usable;
        return usable == 0
                ? finding.Problem($"{answer.Url} publishes {(keys.Count == 0 ? "no key" : "no key that can verify an id_token")}.", Remedy)
            : broken > 0
                ? finding.Warning(
                    $"{broken} of {keys.Count} published keys {(broken == 1 ? "is" : "are")} broken, or too small or large: "
                        + "an id_token signed with such a key is rejected.",
                    Remedy
                )
            : finding.Ok($"{usable} of {keys.Count} published keys can verify id_tokens.");
    }

    private static bool IsForSignatures(JsonNode? key) =>
        key is not JsonObject members || (Text(members, "kty") is null or "RSA" or "EC" && Text(members, "use") is null or "sig");

    private static string? Text(JsonObject members, string name) =>
        members[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
