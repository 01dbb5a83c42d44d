using McpOidc.Keys;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Handlers = OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace McpOidc.Token;

/// <summary>Logs how long ago a code or token expired that OpenIddict is about to reject: a new one indicates a wrong clock.</summary>
internal sealed class NoteExpiredToken(TimeProvider clock, RefusedTimes refused) : IOpenIddictServerHandler<ValidateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ValidateTokenContext>()
            .UseSingletonHandler<NoteExpiredToken>()
            .SetOrder(Handlers.ValidateExpirationDate.Descriptor.Order - 250)
            .Build();

    public ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (!context.DisableLifetimeValidation && context.Principal?.GetExpirationDate() is { } end && end <= clock.GetUtcNow())
        {
            refused.Late(Describe(context.Principal.GetTokenType()), end);
        }

        return default;
    }

    /// <summary>The kind of a token, for the log.</summary>
    public static string Describe(string? type) =>
        type switch
        {
            TokenTypeIdentifiers.Private.AuthorizationCode => "An authorization code",
            TokenTypeIdentifiers.AccessToken => "An access token",
            TokenTypeIdentifiers.RefreshToken => "A refresh token",
            TokenTypeIdentifiers.IdentityToken => "An id_token",
            _ => "A token",
        };
}
