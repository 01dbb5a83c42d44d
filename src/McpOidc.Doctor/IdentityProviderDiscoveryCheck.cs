using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Doctor;

/// <summary>Whether the identity provider is reachable, is the intended one, and supports what is required of it.</summary>
internal sealed class IdentityProviderDiscoveryCheck : ICheck
{
    private static readonly string[] s_symmetric = ["HS256", "HS384", "HS512"];

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Providers.Count == 0)
        {
            yield return new Finding("idp discovery").Skipped(
                examination.Settings.HasOwnProvider
                    ? "Users sign in at a provider implemented by the host."
                    : "No identity provider is configured; see the configuration."
            );
        }

        foreach (var provider in examination.Providers)
        {
            var finding = new Finding("idp discovery" + provider.Suffix);
            if (provider.Options.OAuth.IsUsed)
            {
                yield return finding.Ok(
                    $"{provider.Options.Issuer} has no OpenID Connect: its endpoints come from the settings, without discovery."
                );
                continue;
            }

            var answer = await FetchAsync(examination.Http, provider, cancellationToken);
            if (FindFailure(finding, provider, answer) is { } failure)
            {
                yield return failure;
                continue;
            }

            provider.Document = answer.Json;
            if (answer.Ahead is { } ahead)
            {
                examination.Clocks.Add(
                    new SeenClock(provider.Name.Length == 0 ? "the identity provider" : $"the identity provider {provider.Name}", ahead)
                );
            }

            var findings = Judge(finding, provider, answer).ToList();
            if (await JudgeIssuerAsync(finding, provider, answer, examination.Http, cancellationToken) is { } stranger)
            {
                findings.Insert(0, stranger);
            }

            if (
                findings.All(found => found.Outcome != DoctorOutcome.Problem)
                && await RefuseAsProductionAsync(examination, provider, cancellationToken) is { } refusal
            )
            {
                findings.Add(
                    finding.Problem(
                        $"The server would reject the discovery document: {refusal}",
                        "Compare it with OpenID Connect Discovery §3; the provider must fix it."
                    )
                );
            }

            foreach (var found in findings)
            {
                yield return found;
            }

            if (findings.Count == 0)
            {
                yield return finding.Ok(
                    $"{provider.Options.Issuer} matches its discovery document, which has "
                        + (provider.Options.UsePkce ? "PKCE S256 and the required endpoints." : "the required endpoints.")
                );
            }
        }
    }

    private static Task<ProbeAnswer> FetchAsync(Probe http, ExaminedProvider provider, CancellationToken cancellationToken) =>
        http.GetDocumentAsync(
            provider.Options.MetadataAddress is { Length: > 0 } address ? address : ProviderDocument.AddressFor(provider.Options.Issuer),
            provider.TimeLimit,
            cancellationToken
        );

    private static DoctorFinding? FindFailure(Finding finding, ExaminedProvider provider, ProbeAnswer answer)
    {
        if (answer is { IsOk: true, Json: not null })
        {
            return null;
        }

        var remedy = answer switch
        {
            { TookTooLong: true } => $"Find out why it is slow, or increase {provider.Setting(nameof(IdentityProviderOptions.Timeout))}.",
            { Failure: not null } =>
                $"Compare {provider.Setting(nameof(IdentityProviderOptions.Issuer))} with the provider's console, and allow "
                    + $"connections to it (DNS, egress, HTTPS_PROXY, certificates).",
            _ => $"Set {provider.Setting(nameof(IdentityProviderOptions.Issuer))} to the issuer, with its path (realm, tenant, "
                + $"authorization server) and without /.well-known/….",
        };
        return finding.Problem($"{answer.Url} {answer.Does}.", remedy);
    }

    private static async Task<DoctorFinding?> JudgeIssuerAsync(
        Finding finding,
        ExaminedProvider provider,
        ProbeAnswer answer,
        Probe http,
        CancellationToken cancellationToken
    )
    {
        var issuer = answer.Text("issuer");
        // The server ignores a trailing slash.
        if (provider.Options.IsMultiTenant || issuer?.TrimEnd('/') == ProviderDocument.IssuerOf(provider.Options.Issuer))
        {
            return null;
        }

        var setting = provider.Setting(nameof(IdentityProviderOptions.Issuer));
        var isItsOwn =
            UrlRules.TryRead(issuer, out _)
            && (await http.GetAsync(ProviderDocument.AddressFor(issuer!), cancellationToken, provider.TimeLimit)).Text("issuer") == issuer;
        return finding.Problem(
            $"The document at {answer.Url} names {(issuer is null ? "no issuer" : $"the issuer '{issuer}'")}, "
                + $"not the configured '{provider.Options.Issuer}'.",
            issuer is null || isItsOwn
                ? $"Set {setting} to the issuer of the document, if that is your provider."
                // Azure AD B2C and Oracle IDCS.
                : $"That issuer has no discovery document, so setting {setting} to it is not enough. Choose the issuer "
                    + "URL whose document names it, or set "
                    + $"{provider.Setting(nameof(IdentityProviderOptions.MetadataAddress))} to the URL of the document."
        );
    }

    private static IEnumerable<DoctorFinding> Judge(Finding finding, ExaminedProvider provider, ProbeAnswer answer)
    {
        var document = answer.Json!;
        foreach (var member in new[] { "authorization_endpoint", "token_endpoint", "jwks_uri" })
        {
            var endpoint = provider.Endpoint(member);
            if (endpoint is null || !UrlRules.IsSecureOrLoopback(endpoint, provider.Options.AllowHttp))
            {
                yield return finding.Problem(
                    endpoint is null
                        ? $"The discovery document has no {member}."
                        : $"The {member} is {ProbeAnswer.WithoutQuery(endpoint)}, without TLS.",
                    "The provider must fix it: behind a proxy it must know its public https URL."
                );
            }
        }

        foreach (var found in Abilities(finding, provider, document))
        {
            yield return found;
        }

        if (answer.Elapsed > provider.TimeLimit / 4)
        {
            yield return finding.Warning(
                $"The provider took {answer.Elapsed.TotalSeconds:0.0} of the allowed {provider.TimeLimit.TotalSeconds:0.#} " + $"seconds.",
                $"Find out why it is slow, or increase {provider.Setting(nameof(IdentityProviderOptions.Timeout))}."
            );
        }
    }

    private static IEnumerable<DoctorFinding> Abilities(Finding finding, ExaminedProvider provider, JsonObject document)
    {
        if (!provider.Options.UsePkce)
        {
            // LinkedIn: what the provider announces about PKCE does not matter.
        }
        else if (Strings(document, "code_challenge_methods_supported") is not { } methods)
        {
            yield return finding.Warning(
                "The provider does not announce PKCE (S256), which is always used. Many providers support it without announcing it.",
                "Try a sign-in. If it fails because of the code_challenge, enable PKCE for this client at the provider."
            );
        }
        else if (!methods.Contains("S256"))
        {
            yield return finding.Problem(
                "The provider announces PKCE without S256, which is always used.",
                "Enable PKCE (S256) at the provider."
            );
        }

        if (Strings(document, "response_types_supported") is { } types && !types.Contains("code"))
        {
            yield return finding.Problem(
                "The provider does not support the authorization code flow (response type code).",
                "Enable it at the provider."
            );
        }

        var algorithms = Strings(document, "id_token_signing_alg_values_supported");
        if (algorithms is not null && !algorithms.Intersect(AsymmetricAlgorithms.All).Any())
        {
            yield return finding.Problem(
                "The provider does not sign id_tokens with an accepted algorithm.",
                $"Configure it to sign with one of {string.Join(", ", AsymmetricAlgorithms.All)}; HS256 and none are rejected."
            );
        }
        else if (
            // Providers with a preset sign with RS256 by default.
            provider.Options.Preset == IdentityProviderPreset.None
            && algorithms?.FirstOrDefault(s_symmetric.Contains) is { } symmetric
        )
        {
            yield return finding.Warning(
                $"The provider can also sign id_tokens with {symmetric}, which is rejected. Which algorithm it uses here is unknown.",
                $"Configure it to sign with RS256 or ES256 for the client of {provider.Setting(nameof(IdentityProviderOptions.ClientId))}."
            );
        }

        if (RequiresPushedRequests(document) && provider.Endpoint("pushed_authorization_request_endpoint") is null)
        {
            yield return finding.Problem(
                "The provider requires pushed authorization requests (RFC 9126), but does not publish the endpoint.",
                "The provider must publish its pushed_authorization_request_endpoint."
            );
        }

        if (JudgeAuthentication(finding, provider, document) is { } warning)
        {
            yield return warning;
        }
    }

    private static DoctorFinding? JudgeAuthentication(Finding finding, ExaminedProvider provider, JsonObject document)
    {
        var (method, other, setting) =
            provider.ClientAuthentication == IdentityProviderClientAuthentication.Basic
                ? ("client_secret_basic", "client_secret_post", IdentityProviderClientAuthentication.Post)
                : ("client_secret_post", "client_secret_basic", IdentityProviderClientAuthentication.Basic);
        return string.IsNullOrEmpty(provider.Options.ClientSecret)
            || Strings(document, "token_endpoint_auth_methods_supported") is not { } known
            || known.Contains(method)
                ? null
            : known.Contains(other)
                ? finding.Warning(
                    $"The provider does not list {method}, which is used to send the secret.",
                    $"Set {provider.Setting(nameof(IdentityProviderOptions.ClientAuthentication))} to {setting}, unless 'idp client' is ok."
                )
            : finding.Warning(
                $"The provider lists no method to send a client secret, only {Listed(known)}.",
                $"Allow {method} for the client of {provider.Setting(nameof(IdentityProviderOptions.ClientId))}, unless 'idp client' "
                    + "is ok."
            );
    }

    private static string Listed(IEnumerable<string> values) =>
        string.Join(", ", values.Select(ProbeAnswer.OAuthCode).OfType<string>().Take(8)) is { Length: > 0 } names ? names : "none";

    public static bool RequiresPushedRequests(JsonObject document) =>
        document["require_pushed_authorization_requests"] is JsonValue value && value.TryGetValue<bool>(out var required) && required;

    public static string[]? Strings(JsonObject document, string member) =>
        document[member] is JsonArray array
            ? [.. array.OfType<JsonValue>().Select(value => value.TryGetValue<string>(out var text) ? text : "")]
            : null;

    /// <summary>Why the sign-in code would reject the document.</summary>
    private static async Task<string?> RefuseAsProductionAsync(
        Examination examination,
        ExaminedProvider provider,
        CancellationToken cancellationToken
    )
    {
        var clients = examination.Services.GetRequiredService<IHttpClientFactory>();
        var options = Options.Create(provider.Options);
        var metadata = new ProviderMetadata(new ProviderChannel(clients, options, examination.Clock), options, examination.Clock);
        try
        {
            await metadata.GetAsync(cancellationToken);
            return null;
        }
        catch (OptionsValidationException)
        {
            return null;
        }
        catch (IdentityProviderException exception)
        {
            return exception.Message;
        }
    }
}
