using System.Runtime.CompilerServices;
using System.Text;
using McpOidc.Configuration;
using McpOidc.Token;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Doctor;

/// <summary>
/// Starts a sign-in without user interaction (<c>prompt=none</c>). A provider redirects only to a registered redirect URI (RFC 6749
/// §4.1.2.1). An ambiguous response is compared with the one for a redirect URI that is certainly not registered.
/// </summary>
internal sealed class RedirectUriCheck : ICheck
{
    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var provider in examination.Providers)
        {
            var finding = new Finding("redirect uri" + provider.Suffix);
            if (
                provider.Endpoint("authorization_endpoint") is not { } url
                || string.IsNullOrEmpty(provider.Options.ClientId)
                || provider.RedirectUri(examination.Issuer) is not { Length: > 0 } redirectUri
            )
            {
                yield return finding.Skipped("The provider's authorization endpoint, the client id or the issuer is unknown.");
                continue;
            }

            var found = IdentityProviderDiscoveryCheck.RequiresPushedRequests(provider.Document!)
                ? finding.Skipped("The provider requires pushed requests, and one could not be sent.")
                : await JudgeAsync(finding, provider, examination.Http, url, redirectUri, cancellationToken);
            yield return found.Outcome is DoctorOutcome.Warning or DoctorOutcome.Skipped
                ? await JudgePushedAsync(finding, provider, examination.Http, redirectUri, cancellationToken) ?? found
                : found;
        }
    }

    private static async Task<DoctorFinding> JudgeAsync(
        Finding finding,
        ExaminedProvider provider,
        Probe http,
        string url,
        string redirectUri,
        CancellationToken cancellationToken
    )
    {
        var answer = await AskAsync(http, provider, url, redirectUri, cancellationToken);
        if (answer.Failure is not null)
        {
            return finding.Problem(
                $"The provider's authorization endpoint {answer.Url.Split('?')[0]} {answer.Does}.",
                "Make sure that browsers can reach it; from here it may be blocked on purpose."
            );
        }

        if (ComesBack(answer, redirectUri))
        {
            return JudgeReturn(finding, provider, answer, redirectUri);
        }

        var remedy = Remedy(provider, redirectUri);
        if (SaysSo(answer))
        {
            return finding.Problem($"The provider does not recognize the redirect URI {redirectUri} or the client.", remedy);
        }

        var control = await AskAsync(
            http,
            provider,
            url,
            redirectUri.TrimEnd('/') + "/mcpoidc-doctor-" + OpaqueToken.CreateId(),
            cancellationToken
        );
        var alike =
            control.Failure is null
            && control.Status == answer.Status
            && ProbeAnswer.WithoutQuery(control.Location) == ProbeAnswer.WithoutQuery(answer.Location);
        // Bot protection also answers with 403, 429 and 5xx.
        if (answer.Status is 400 or 401 && alike)
        {
            return finding.Problem(
                $"The provider rejects the redirect URI {redirectUri} like an unregistered one ({answer.Status}), or it "
                    + $"does not recognize the client.",
                remedy
            );
        }

        return answer.Status < 400 && !alike && (control.Status >= 400 || SaysSo(control))
            ? finding.Ok($"The provider shows a page for {redirectUri}, and an error for an unregistered one.")
            : finding.Warning(
                $"It is unclear whether {redirectUri} is registered: the provider "
                    + (
                        answer.IsRedirect
                            ? $"redirects the browser to {ProbeAnswer.WithoutQuery(answer.Location)}."
                            : $"shows a page ({answer.Status})."
                    ),
                remedy
            );
    }

    private static string Remedy(ExaminedProvider provider, string redirectUri) =>
        $"Register exactly this callback at the provider, for the client of "
        + $"{provider.Setting(nameof(IdentityProviderOptions.ClientId))}: {redirectUri} (another one: "
        + $"{provider.Setting(nameof(IdentityProviderOptions.RedirectUri))}).";

    /// <summary>Sends a pushed authorization request (RFC 9126 §2.1), where a provider checks the redirect URI immediately, without a
    /// page. <see langword="null"/> if the response is inconclusive.</summary>
    private static async Task<DoctorFinding?> JudgePushedAsync(
        Finding finding,
        ExaminedProvider provider,
        Probe http,
        string redirectUri,
        CancellationToken cancellationToken
    )
    {
        if (
            provider.Endpoint("pushed_authorization_request_endpoint") is not { } url
            || !UrlRules.IsSecureOrLoopback(url, provider.Options.AllowHttp)
        )
        {
            return null;
        }

        var answer = await PushAsync(http, provider, url, redirectUri, cancellationToken);
        var control = await PushAsync(
            http,
            provider,
            url,
            redirectUri.TrimEnd('/') + "/mcpoidc-doctor-" + OpaqueToken.CreateId(),
            cancellationToken
        );
        return (answer.IsOk, control.IsOk) switch
        {
            (true, false) => finding.Ok($"{redirectUri} is registered: the provider accepts a pushed request with it."),
            (false, false) when answer.Error == "invalid_redirect_uri" || SaysSo(answer) => finding.Problem(
                $"The provider does not recognize the redirect URI {redirectUri} ({answer.Cause}).",
                Remedy(provider, redirectUri)
            ),
            _ => null,
        };
    }

    private static async Task<ProbeAnswer> PushAsync(
        Probe http,
        ExaminedProvider provider,
        string url,
        string redirectUri,
        CancellationToken cancellationToken
    )
    {
        var secret = provider.Options.ClientSecret;
        var parameters = Parameters(provider, redirectUri);
        parameters.Remove("client_id");
        using var form = IdentityProviderClientCheck.Authenticated(parameters, provider, secret);
        var credentials = IdentityProviderClientCheck.Credentials(provider, secret);
        return await http.PostAsync(url, form, cancellationToken, provider.TimeLimit, credentials);
    }

    private static Task<ProbeAnswer> AskAsync(
        Probe http,
        ExaminedProvider provider,
        string url,
        string redirectUri,
        CancellationToken cancellationToken
    )
    {
        var parameters = Parameters(provider, redirectUri);
        if (!provider.Options.OAuth.IsUsed)
        {
            parameters["prompt"] = "none";
        }

        url = QueryHelpers.AddQueryString(url, parameters.ToDictionary(pair => pair.Key, pair => (string?)pair.Value));
        return http.GetAsync(url, cancellationToken, provider.TimeLimit, ("Accept", "text/html"));
    }

    // Those of a sign-in: a provider may reject one that the settings leave out.
    private static Dictionary<string, string> Parameters(ExaminedProvider provider, string redirectUri)
    {
        var options = provider.Options;
        var parameters = new Dictionary<string, string>(options.AdditionalParameters)
        {
            ["response_type"] = "code",
            ["client_id"] = options.ClientId,
            ["redirect_uri"] = redirectUri,
            [options.OAuth.ScopeParameter is { Length: > 0 } name ? name : "scope"] = options.Scopes,
            ["state"] = "mcpoidc-doctor",
        };
        if (options is { SendNonce: true, OAuth.IsUsed: false })
        {
            parameters["nonce"] = OpaqueToken.CreateId();
        }

        if (options.UsePkce)
        {
            parameters["code_challenge"] = OpaqueToken.Hash(OpaqueToken.CreateId());
            parameters["code_challenge_method"] = "S256";
        }

        if (options.Resource is { Length: > 0 } resource)
        {
            parameters["resource"] = resource;
        }

        // Apple answers nothing else; another provider's answer is easier to read in a redirect.
        if (options.Preset == IdentityProviderPreset.Apple)
        {
            parameters["response_mode"] = "form_post";
        }

        return parameters;
    }

    private static bool ComesBack(ProbeAnswer answer, string redirectUri) =>
        answer is { IsRedirect: true, Location: { } location }
        && ProbeAnswer.WithoutQuery(location) == ProbeAnswer.WithoutQuery(redirectUri);

    private static DoctorFinding JudgeReturn(Finding finding, ExaminedProvider provider, ProbeAnswer answer, string redirectUri)
    {
        var error = ProbeAnswer.OAuthCode(QueryHelpers.ParseQuery(new Uri(answer.Location!).Query).GetValueOrDefault("error").ToString());
        return error switch
        {
            null or "login_required" or "interaction_required" or "consent_required" or "account_selection_required" => finding.Ok(
                $"{redirectUri} is registered: the provider redirects browsers to it."
            ),
            "invalid_scope" => finding.Problem(
                $"The provider rejects the scopes '{provider.Options.Scopes}' (invalid_scope).",
                $"Allow them for the client at the provider, or request others with "
                    + $"{provider.Setting(nameof(IdentityProviderOptions.Scopes))}."
            ),
            "unauthorized_client" or "unsupported_response_type" => finding.Problem(
                $"The provider does not allow this client to use the authorization code flow ({error}).",
                "Allow it at the provider: a web application (confidential client), flow authorization code."
            ),
            _ => finding.Warning(
                $"{redirectUri} is registered, but the provider answers a sign-in without user interaction with {error}.",
                "Try a sign-in. If it fails, this error is the reason."
            ),
        };
    }

    /// <summary>Whether the response is an error about the redirect URI, in the words of known providers, in a page or in the query of
    /// their error page.</summary>
    private static bool SaysSo(ProbeAnswer answer)
    {
        var said = (answer.Body + " " + Uri.UnescapeDataString(answer.Location ?? "") + " " + Decoded(answer.Location)).ToUpperInvariant();
        var aboutRedirect =
            said.Contains("REDIRECT_URI", StringComparison.Ordinal)
            || said.Contains("REDIRECT URI", StringComparison.Ordinal)
            || said.Contains("CALLBACK URL", StringComparison.Ordinal);
        return said.Contains("REDIRECT_URI_MISMATCH", StringComparison.Ordinal)
            || said.Contains("CALLBACK URL MISMATCH", StringComparison.Ordinal)
            || said.Contains("AADSTS50011", StringComparison.Ordinal)
            || said.Contains("AADSTS700016", StringComparison.Ordinal)
            || (answer.Status >= 400 && aboutRedirect);
    }

    // Google's error page encodes the error in base64.
    private static string Decoded(string? location)
    {
        var packed = location is null ? "" : QueryHelpers.ParseQuery(new Uri(location).Query).GetValueOrDefault("authError").ToString();
        var bytes = new byte[packed.Length];
        return Convert.TryFromBase64String(packed.PadRight((packed.Length + 3) / 4 * 4, '='), bytes, out var length)
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : "";
    }
}
