using McpOidc.Configuration;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Checks a device authorization request (RFC 8628 §3.1) as <c>/authorize</c> does: the resource, the scopes, and S256 for a code
/// challenge.</summary>
internal sealed class CheckDeviceRequest(KnownResources resources, ScopeRules rules)
    : IOpenIddictServerHandler<ValidateDeviceAuthorizationRequestContext>
{
    private const int ChallengeLength = 43;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateDeviceAuthorizationRequestContext>()
            .UseSingletonHandler<CheckDeviceRequest>()
            .SetOrder(OpenIddictServerHandlers.Device.ValidateGrantTypePermissions.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ValidateDeviceAuthorizationRequestContext context)
    {
        if (FindProblem(context.Request) is { } problem)
        {
            context.Reject(Errors.InvalidRequest, problem);
        }
        else if (RequestedResource.Find(context.Request, resources, out var wrongTarget) is { } resource)
        {
            ResourceIndicator.Hold(context.Transaction, resource);
            await DecideScope.DecideAsync(rules, context, context.ClientId);
        }
        else
        {
            context.Reject(Errors.InvalidTarget, wrongTarget);
        }
    }

    private static string? FindProblem(OpenIddictRequest request) =>
        LimitParameters.FindProblemOfAny(request)
        ?? (
            request.CodeChallenge is { Length: > 0 } challenge
            && (challenge.Length != ChallengeLength || request.CodeChallengeMethod != CodeChallengeMethods.Sha256)
                ? "code_challenge must be a SHA-256 hash, with code_challenge_method=S256."
                : null
        );
}
