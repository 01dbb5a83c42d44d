using System.Collections.Immutable;
using System.Text;
using McpOidc.DPoP;
using McpOidc.SignIn;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>Rejects duplicate parameters (RFC 6749 §3.1), a malformed code challenge (RFC 7636 §4.2), and values that are too long to
/// store.</summary>
internal sealed class LimitParameters : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    private const int MaximumLength = 8 * 1024;
    private const int MaximumStateLength = 4096;
    private const int MinimumChallengeLength = 43;
    private const int MaximumChallengeLength = 128;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateAuthorizationRequestContext>()
            .UseSingletonHandler<LimitParameters>()
            .SetOrder(OpenIddictServerHandlers.Authentication.ValidateResponseTypeParameter.Descriptor.Order - 500)
            .Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        if (FindProblem(context.Request) is { } problem)
        {
            context.Reject(Errors.InvalidRequest, problem);
        }

        return default;
    }

    /// <summary>Why a request, pushed or not, is an <c>invalid_request</c>.</summary>
    public static string? FindProblem(OpenIddictRequest request)
    {
        if (FindProblemOfAny(request) is { } problem)
        {
            return problem;
        }

        if (string.IsNullOrEmpty(request.RedirectUri))
        {
            // OpenIddict requires it only with the scope openid, and would otherwise use the only registered one.
            return "The redirect_uri parameter is required.";
        }

        if (request.State?.Length > MaximumStateLength)
        {
            return $"The state parameter is longer than {MaximumStateLength} characters.";
        }

        return AskedSignIn.IsMalformed(request) ? "The max_age parameter is not a valid number of seconds." : null;
    }

    /// <summary>The same checks for a request without a browser.</summary>
    public static string? FindProblemOfAny(OpenIddictRequest request)
    {
        if (request.GetParameters().Any(parameter => parameter.Key != Parameters.Resource && parameter.Value.Count > 1))
        {
            return "A parameter is included more than once.";
        }

        // It is stored during the sign-in. All configured scopes take at most half of it.
        if (request.GetParameters().Sum(LengthOf) > MaximumLength)
        {
            return $"The request is longer than {MaximumLength} bytes.";
        }

        if (BoundCode.IsMalformed(request))
        {
            return "The dpop_jkt parameter is not a SHA-256 thumbprint in base64url.";
        }

        return
            request.CodeChallenge is { Length: > 0 } challenge
            && (
                challenge.Length is < MinimumChallengeLength or > MaximumChallengeLength
                || !challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            )
            ? "The code_challenge parameter is not a SHA-256 hash in base64url."
            : null;
    }

    private static int LengthOf(KeyValuePair<string, OpenIddictParameter> parameter) =>
        ((ImmutableArray<string?>?)parameter.Value ?? []).Sum(value => Encoding.UTF8.GetByteCount($"{parameter.Key}={value}&"));
}
