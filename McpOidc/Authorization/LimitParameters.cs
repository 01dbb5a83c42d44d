using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>Refuses a parameter that is given twice (RFC 6749 §3.1), a malformed code challenge (RFC 7636 §4.2) and an oversized state.</summary>
internal sealed class LimitParameters : IOpenIddictServerHandler<ValidateAuthorizationRequestContext>
{
    private const int MaximumStateLength = 4096;
    private const int MinimumChallengeLength = 43;
    private const int MaximumChallengeLength = 128;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>()
        .UseSingletonHandler<LimitParameters>()
        .SetOrder(OpenIddictServerHandlers.Authentication.ValidateResponseTypeParameter.Descriptor.Order - 500)
        .Build();

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        foreach (var (name, value) in context.Request.GetParameters())
        {
            if (name != Parameters.Resource && value.Count > 1)
            {
                context.Reject(Errors.InvalidRequest, "A parameter is given more than once.");
                return default;
            }
        }

        if (context.Request.State?.Length > MaximumStateLength)
        {
            context.Reject(Errors.InvalidRequest, $"The state parameter is longer than {MaximumStateLength} characters.");
        }
        else if (context.Request.CodeChallenge is { } challenge
            && (challenge.Length is < MinimumChallengeLength or > MaximumChallengeLength || !challenge.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')))
        {
            context.Reject(Errors.InvalidRequest, "The code_challenge parameter is not a SHA-256 hash in base64url.");
        }

        return default;
    }
}
