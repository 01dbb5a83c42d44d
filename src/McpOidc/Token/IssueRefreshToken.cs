using McpOidc.DPoP;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlerFilters;

namespace McpOidc.Token;

/// <summary>
/// Issues our refresh token, the first of a family or the successor of the presented one, replacing OpenIddict's
/// <see cref="OpenIddictServerHandlers.GenerateRefreshToken"/>: it contains nothing about the user, so no claims are gathered for it. The
/// response says when it expires if it is not used.
/// </summary>
internal sealed class IssueRefreshToken(RefreshRotation rotation, TimeProvider clock) : IOpenIddictServerHandler<ProcessSignInContext>
{
    private const string ExpiresIn = "refresh_token_expires_in";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .AddFilter<RequireRefreshTokenGenerated>()
            .UseSingletonHandler<IssueRefreshToken>()
            .SetOrder(OpenIddictServerHandlers.GenerateRefreshToken.Descriptor.Order)
            .SetType(OpenIddictServerHandlerType.Custom)
            .Build();

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        var boundTo = ProvenKey.Of(context.Transaction) is { BindsRefreshToken: true } key ? key.Thumbprint : null;
        var token = context.Transaction.GetProperty<RefreshToken>(ReadRefreshToken.TokenProperty) is { } presented
            ? await rotation.RotateAsync(presented, boundTo, context.CancellationToken)
            : RedeemCode.FirstRefreshToken(context.Transaction);
        if (token is null)
        {
            context.Reject(Errors.InvalidGrant, "The refresh token can no longer be used.");
            return;
        }

        context.RefreshToken = token.Value;
        // Not in an RFC; Entra ID and GitHub use this name.
        context.Response[ExpiresIn] = Math.Max(0, (long)(token.ExpiresAt - clock.GetUtcNow()).TotalSeconds);
    }
}
