using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Treats everything that a provider's response can cause as its failure rather than ours, including exceptions of
/// libraries.</summary>
internal static class ProviderBoundary
{
    /// <exception cref="IdentityProviderException">The provider's response is unusable.</exception>
    public static async ValueTask<TResult> AskAsync<TResult>(Func<Task<TResult>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception exception)
            when (exception
                    is ArgumentException
                        or FormatException
                        or InvalidOperationException
                        or OverflowException
                        or JsonException
                        or CryptographicException
                        or SecurityTokenException
            )
        {
            throw new IdentityProviderException("The identity provider's response cannot be read: unreadable.", exception)
            {
                Error = "server_error",
                Failure = IdentityProviderFailure.Away,
                Cause = new IdentityProviderCause("unreadable"),
                MayHaveAnswered = true,
            };
        }
    }

    /// <summary>A provider's response is not accepted.</summary>
    public static IdentityProviderException Refused(string what, string cause) => Refused(what, new IdentityProviderCause(cause));

    /// <inheritdoc cref="Refused(string, string)"/>
    public static IdentityProviderException Refused(string what, IdentityProviderCause cause) =>
        new($"{what}: {cause}.")
        {
            Error = "server_error",
            Failure = ProviderAdvice.IsLasting(cause) ? IdentityProviderFailure.Misconfigured : IdentityProviderFailure.Away,
            Cause = cause,
        };
}
