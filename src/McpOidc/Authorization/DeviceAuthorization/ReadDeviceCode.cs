using System.Security.Cryptography;
using System.Text;
using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>
/// Reads the device code of a token request and returns the person's decision (RFC 8628 §3.5). An allowed code belongs to a grant and is
/// redeemed like an authorization code: once. Redeeming it again ends the grant.
/// </summary>
internal sealed class ReadDeviceCode(DeviceRequests devices, Grants grants, CodeReplay replay)
    : IOpenIddictServerHandler<ValidateTokenContext>
{
    private const string NotKnown = "The device code is unknown or was issued to another client.";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<ReadDeviceCode>()
            .SetOrder(ReadRefreshToken.Descriptor.Order + 100)
            .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        var request = context.Transaction.Request!;
        if (context.EndpointType != OpenIddictServerEndpointType.Token || !request.IsDeviceCodeGrantType())
        {
            return;
        }

        if (
            await devices.FindByDeviceCodeAsync(context.Token, context.CancellationToken) is not { } device
            || device.ClientId != ClientIdDigest.Of(request.ClientId ?? "")
        )
        {
            context.Reject(Errors.InvalidGrant, NotKnown);
        }
        else if (!IsVerified(device.Challenge, request.CodeVerifier))
        {
            context.Reject(Errors.InvalidGrant, "The code_verifier is missing or wrong.");
        }
        else if (await devices.PollAsync(device, context.CancellationToken) is var poll and not DevicePoll.Allowed)
        {
            Reject(context, poll);
        }
        else
        {
            await TakeAsync(context, device);
        }
    }

    private static void Reject(ValidateTokenContext context, DevicePoll poll)
    {
        var (error, description) = poll switch
        {
            DevicePoll.Pending => (Errors.AuthorizationPending, "The user has not decided yet."),
            DevicePoll.SlowDown => (Errors.SlowDown, "Polling is too fast: wait 5 seconds longer between two requests."),
            DevicePoll.Denied => (Errors.AccessDenied, "The user denied access."),
            _ => (Errors.ExpiredToken, "The device code has expired."),
        };
        context.Reject(error, description);
    }

    private async ValueTask TakeAsync(ValidateTokenContext context, DeviceRequestRecord device)
    {
        if (
            await context.Transaction.FindGrantAsync(grants, device.GrantId, context.CancellationToken)
            is not { IsLive: true, Code: var code } grant
        )
        {
            context.Reject(Errors.InvalidGrant, "The grant has ended.");
            return;
        }

        if (code is not { RedeemedAt: null })
        {
            await replay.EndAsync(grant.Id, context.CancellationToken);
            context.Reject(Errors.InvalidGrant, "The device code was already redeemed.");
            return;
        }

        context.Principal = GrantPrincipal
            .Create(grant, context.Transaction.Request?.ClientId)
            .SetCreationDate(device.CreatedAt)
            .SetExpirationDate(device.EndsAt)
            .SetTokenType(TokenTypeIdentifiers.Private.DeviceCode);
    }

    private static bool IsVerified(string? challenge, string? verifier) =>
        challenge is null
        || (
            verifier is { Length: > 0 }
            && CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))),
                Encoding.ASCII.GetBytes(challenge)
            )
        );
}
