using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Doctor;

/// <summary>
/// Redeems an invented code. Providers authenticate the client before they look at the code (RFC 6749 §4.1.3), so <c>invalid_grant</c>
/// means that the client is correct and <c>invalid_client</c> that it is not. Some look at the code first, so a good result counts only if
/// a wrong secret gets a different one.
/// </summary>
internal sealed class IdentityProviderClientCheck : ICheck
{
    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var provider in examination.Providers)
        {
            var finding = new Finding("idp client" + provider.Suffix);
            if (provider.Endpoint("token_endpoint") is not { } url || string.IsNullOrEmpty(provider.Options.ClientId))
            {
                yield return finding.Skipped("The provider's token endpoint or the client id is unknown.");
                continue;
            }

            // The server would not send it either.
            if (!UrlRules.IsSecureOrLoopback(url, provider.Options.AllowHttp))
            {
                yield return finding.Skipped("The secret is not sent to a token endpoint without TLS.");
                continue;
            }

            if (
                provider.Options is { HasClientKey: true } or { ClientAssertionFile: { Length: > 0 } }
                || (
                    string.IsNullOrEmpty(provider.Options.ClientSecret)
                    && examination.Services.GetService<IClientAssertionSource>() is not null
                )
            )
            {
                yield return finding.Skipped("This server authenticates with a signed assertion, which only a sign-in can test.");
                continue;
            }

            var secret = provider.Options.ClientSecret;
            var answer = await RedeemAsync(examination, provider, url, secret, cancellationToken);
            var isTold =
                !IsGood(provider, answer)
                || string.IsNullOrEmpty(secret)
                || (await RedeemAsync(examination, provider, url, OpaqueToken.CreateId(), cancellationToken)) is var control
                    && (RefusesClient(control) || control is { Status: 401 or 403, Error: null });
            yield return isTold
                ? Judge(finding, provider, answer)
                : finding.Warning(
                    "The secret could not be verified: together with an invalid code, the provider does not reject a wrong secret, because "
                        + "it checks the code first.",
                    $"Try a sign-in. If it fails, compare {provider.Setting(nameof(IdentityProviderOptions.ClientSecret))} with the "
                        + $"provider's console."
                );
        }
    }

    private static async Task<ProbeAnswer> RedeemAsync(
        Examination examination,
        ExaminedProvider provider,
        string url,
        string? secret,
        CancellationToken cancellationToken
    )
    {
        using var form = Form(provider, examination.Issuer, secret);
        return await examination.Http.PostAsync(url, form, cancellationToken, provider.TimeLimit, Credentials(provider, secret));
    }

    private static FormUrlEncodedContent Form(ExaminedProvider provider, Issuer? issuer, string? secret)
    {
        var parameters = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = $"mcpoidc-doctor-{OpaqueToken.CreateId()}",
            ["redirect_uri"] = provider.RedirectUri(issuer),
        };
        if (provider.Options.UsePkce)
        {
            parameters["code_verifier"] = OpaqueToken.CreateId() + OpaqueToken.CreateId();
        }

        return Authenticated(parameters, provider, secret);
    }

    /// <summary>A form of the client, with those credentials that belong in it.</summary>
    public static FormUrlEncodedContent Authenticated(Dictionary<string, string> parameters, ExaminedProvider provider, string? secret)
    {
        if (provider.ClientAuthentication != IdentityProviderClientAuthentication.Basic || string.IsNullOrEmpty(secret))
        {
            parameters["client_id"] = provider.Options.ClientId;
            if (!string.IsNullOrEmpty(secret))
            {
                parameters["client_secret"] = secret;
            }
        }

        return new FormUrlEncodedContent(parameters);
    }

    /// <summary>The headers: RFC 6749 §2.3.1 requires both values to be form-encoded first.</summary>
    public static (string, string)[] Credentials(ExaminedProvider provider, string? secret) =>
        provider.ClientAuthentication == IdentityProviderClientAuthentication.Basic && !string.IsNullOrEmpty(secret)
            ?
            [
                (
                    "Authorization",
                    "Basic "
                        + Convert.ToBase64String(
                            Encoding.UTF8.GetBytes($"{WebUtility.UrlEncode(provider.Options.ClientId)}:{WebUtility.UrlEncode(secret)}")
                        )
                ),
                ("Accept", "application/json"),
            ]
            : [("Accept", "application/json")];

    // Keycloak answers unauthorized_client, Auth0 access_denied, with 401; glewlwyd any error with 403.
    private static bool RefusesClient(ProbeAnswer answer) =>
        answer.Error switch
        {
            "invalid_client" => true,
            // Auth0 answers this for a code, with 403.
            "invalid_grant" => false,
            null => answer.Status is 401 or 403 && answer.Header("WWW-Authenticate") is not null,
            _ => answer.Status is 401 or 403,
        };

    private static bool IsGood(ExaminedProvider provider, ProbeAnswer answer) =>
        answer is { Error: "invalid_grant", Status: >= 400 and < 500 and not (408 or 425 or 429) }
        // GitHub and Slack report errors with 200.
        || (provider.Options.OAuth.IsUsed && answer is { Error: "invalid_grant", Status: 200 });

    // Not if the provider lists its methods and the other one is not among them.
    private static string OtherWay(ExaminedProvider provider)
    {
        var (other, method) =
            provider.ClientAuthentication == IdentityProviderClientAuthentication.Basic
                ? (IdentityProviderClientAuthentication.Post, "client_secret_post")
                : (IdentityProviderClientAuthentication.Basic, "client_secret_basic");
        return
            IdentityProviderDiscoveryCheck.Strings(provider.Document!, "token_endpoint_auth_methods_supported") is { } known
            && !known.Contains(method)
            ? ""
            : $", or set {provider.Setting(nameof(IdentityProviderOptions.ClientAuthentication))} to {other} if it expects the secret "
                + "there";
    }

    private static DoctorFinding Judge(Finding finding, ExaminedProvider provider, ProbeAnswer answer)
    {
        var clientId = provider.Setting(nameof(IdentityProviderOptions.ClientId));
        var secret = provider.Setting(nameof(IdentityProviderOptions.ClientSecret));
        return answer switch
        {
            { Failure: not null } => finding.Problem(
                $"The provider's token endpoint {answer.Url} {answer.Does}.",
                "Allow connections to it: without it no sign-in can be completed."
            ),
            _ when IsGood(provider, answer) => finding.Ok(
                $"The provider accepts the "
                    + $"client{(string.IsNullOrEmpty(provider.Options.ClientSecret) ? ", which has no secret" : " and its secret")}: it "
                    + $"rejected only the invalid code."
            ),
            _ when RefusesClient(answer) => finding.Problem(
                $"The provider rejects the client or its secret ({answer.Cause}).",
                $"Copy both from the provider's console into {clientId} and {secret} (the secret's value, not its id; it may have "
                    + $"expired){OtherWay(provider)}."
            ),
            { Error: "unauthorized_client" or "unsupported_grant_type" } => finding.Problem(
                $"The provider does not allow this client to use the authorization code flow ({answer.Cause}).",
                $"Allow it for the client of {clientId} at the provider, as a web application (confidential client)."
            ),
            _ => finding.Warning(
                $"The client and its secret could not be verified: the provider answered an invalid code with " + $"{answer.Cause}.",
                $"Try a sign-in. If it fails, compare {clientId} and {secret} with the provider's console."
            ),
        };
    }
}
