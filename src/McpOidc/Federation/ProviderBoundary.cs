using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Federation;

/// <summary>Whatever a provider can cause by what it sends is its failure, and no fault of ours: a library that throws at it
/// included.</summary>
internal static class ProviderBoundary
{
    /// <exception cref="IdentityProviderException">The provider's answer is of no use.</exception>
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
            throw new IdentityProviderException("The identity provider's answer cannot be read: unreadable.", exception)
            {
                Error = "server_error",
                Failure = IdentityProviderFailure.Away,
                Cause = new IdentityProviderCause("unreadable"),
                MayHaveAnswered = true,
            };
        }
    }

    /// <summary>What a provider sent is not accepted.</summary>
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
