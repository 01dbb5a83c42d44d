using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Federation;

/// <summary>Reads the error with which a provider sends the browser back (RFC 6749 §4.1.2.1). It came through the browser, so that nothing
/// but codes of it is kept.</summary>
internal static class CallbackError
{
    // What a client can do something with; anything else a provider says is server_error to it.
    private static readonly string[] s_told =
    [
        Errors.AccessDenied,
        Errors.LoginRequired,
        Errors.ConsentRequired,
        Errors.InteractionRequired,
        Errors.TemporarilyUnavailable,
    ];

    private static readonly string[] s_aboutPerson =
    [
        Errors.AccessDenied,
        Errors.LoginRequired,
        Errors.ConsentRequired,
        Errors.InteractionRequired,
        Errors.AccountSelectionRequired,
    ];

    public static IdentityProviderException Read(string error, string? description)
    {
        var cause = ProviderAnswer.CauseOf(error, description);
        return new IdentityProviderException($"The identity provider refused the sign-in: {cause}.")
        {
            Error = ToClient(cause.Error),
            Failure = Judge(cause),
            Cause = cause,
        };
    }

    /// <summary>What the client is told.</summary>
    public static string ToClient(string? error) => s_told.Contains(error) ? error! : Errors.ServerError;

    // A provider looks at the request, which is ours, before it looks at the person.
    private static IdentityProviderFailure Judge(IdentityProviderCause cause) =>
        ProviderAdvice.IsAboutThisServer(cause.VendorCode) ? IdentityProviderFailure.Misconfigured
        : s_aboutPerson.Contains(cause.Error) ? IdentityProviderFailure.NeedsPerson
        : cause.Error is null or Errors.ServerError or Errors.TemporarilyUnavailable ? IdentityProviderFailure.Away
        : IdentityProviderFailure.Misconfigured;
}
