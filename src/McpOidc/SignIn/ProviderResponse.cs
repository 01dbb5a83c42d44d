using McpOidc.Audit;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn;

/// <summary>The identity provider's authorization response, with a code or an error (RFC 6749 §4.1.2): a code is redeemed there.</summary>
internal sealed partial class ProviderResponse(
    IdentityProviders providers,
    IdentityProviderSignIn signIn,
    SignInCompletion completion,
    ErrorPage errors,
    SignInTrail trail,
    AuditLog audit,
    ILogger<ProviderResponse> logger
)
{
    public async Task<IResult> ReadAsync(HttpContext http, Interaction interaction, CancellationToken cancellationToken)
    {
        // Bound to the state: a response from another provider than the requested one is invalid (mix-up, RFC 9700 §4.4).
        if (providers.Find(interaction.ProviderName) is not { } provider)
        {
            return errors.StartAgain("provider_gone");
        }

        if (http.Request.Query["error"] is [{ Length: > 0 } error, ..])
        {
            var refusal = provider.MayBe(http.Request.Query["iss"])
                ? CallbackError.Read(error, http.Request.Query["error_description"])
                : ProviderBoundary.Refused("The callback names another issuer", "callback_issuer");
            trail.Note("idp.refused", provider.Explain(refusal));
            return await FailAsync(interaction, provider, refusal, cancellationToken);
        }

        trail.Note("idp.returned", "With a code.");
        try
        {
            var callback = new Uri(signIn.RedirectUriOf(provider).OriginalString + http.Request.QueryString.Value);
            var login = await provider.Provider.RedeemAsync(callback, interaction.ProviderState ?? [], cancellationToken);
            return await completion.CompleteAsync(http, interaction, provider, login, cancellationToken);
        }
        catch (IdentityProviderException exception)
        {
            // Errors about this server also concern refreshes; a missing claim in its id_token does not.
            if (exception is { Failure: IdentityProviderFailure.Misconfigured, Cause: null or { Status: not null } })
            {
                provider.State.Failed(exception);
            }

            trail.Note("idp.failed", provider.Explain(exception));
            return await FailAsync(interaction, provider, exception, cancellationToken);
        }
    }

    private Task<IResult> FailAsync(
        Interaction interaction,
        ConfiguredProvider provider,
        IdentityProviderException exception,
        CancellationToken cancellationToken
    )
    {
        var explanation = provider.Explain(exception);
        // The user pressed Cancel, which is not a failure.
        if (exception is { Failure: IdentityProviderFailure.NeedsPerson, Cause: { Status: null } })
        {
            LogRefused(provider.DisplayName, explanation);
        }
        else
        {
            LogFailed(provider.DisplayName, exception.Failure, explanation, exception);
        }

        audit.SignInFailed(
            interaction.ClientId,
            exception.Error is null ? Errors.TemporarilyUnavailable : CallbackError.ToClient(exception.Error),
            $"{exception.Cause}"
        );
        return signIn.FailAsync(interaction, exception, cancellationToken);
    }

    [LoggerMessage(1402, LogLevel.Information, "{Provider} rejected a sign-in: {Explanation}")]
    private partial void LogRefused(string provider, string explanation);

    [LoggerMessage(1403, LogLevel.Warning, "A sign-in at {Provider} failed ({Failure}): {Explanation}")]
    private partial void LogFailed(string provider, IdentityProviderFailure failure, string explanation, Exception exception);
}
