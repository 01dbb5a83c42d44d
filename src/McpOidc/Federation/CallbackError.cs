using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Federation;

/// <summary>Reads the error that a provider returns through the browser (RFC 6749 §4.1.2.1). It is untrusted, so only codes are
/// kept.</summary>
internal static class CallbackError
{
    // Errors that a client can act on; every other one becomes server_error.
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
        return new IdentityProviderException($"The identity provider rejected the sign-in: {cause}.")
        {
            Error = ToClient(cause.Error),
            Failure = Judge(cause),
            Cause = cause,
        };
    }

    /// <summary>The error for the client.</summary>
    public static string ToClient(string? error) => s_told.Contains(error) ? error! : Errors.ServerError;

    // A provider checks the request, which is ours, before the user.
    private static IdentityProviderFailure Judge(IdentityProviderCause cause) =>
        ProviderAdvice.IsAboutThisServer(cause.VendorCode) ? IdentityProviderFailure.Misconfigured
        : s_aboutPerson.Contains(cause.Error) ? IdentityProviderFailure.NeedsPerson
        : cause.Error is null or Errors.ServerError or Errors.TemporarilyUnavailable ? IdentityProviderFailure.Away
        : IdentityProviderFailure.Misconfigured;
}
