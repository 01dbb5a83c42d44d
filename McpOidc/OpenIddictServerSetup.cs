using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc;

/// <summary>Carries our settings and keys into OpenIddict's options, when they are first needed and not when services are registered.</summary>
internal sealed class OpenIddictServerSetup(
    Issuer issuer, IOptions<TokenOptions> lifetimes, SigningKeyRing keys, ScopeCatalog scopes, TimeProvider clock)
    : IConfigureOptions<OpenIddictServerOptions>, IConfigureOptions<OpenIddictServerAspNetCoreOptions>
{
    public void Configure(OpenIddictServerOptions options)
    {
        options.Issuer = issuer.Uri;
        options.TimeProvider = clock;
        options.AuthorizationCodeLifetime = lifetimes.Value.AuthorizationCodeLifetime;
        options.AccessTokenLifetime = lifetimes.Value.AccessTokenLifetime;
        options.IdentityTokenLifetime = lifetimes.Value.IdentityTokenLifetime;
        options.RefreshTokenLifetime = lifetimes.Value.RefreshTokenLifetime;
        options.Scopes.UnionWith(scopes.All);
        options.Claims.UnionWith([Claims.Subject, "sid", Claims.AuthenticationTime, Claims.Issuer, .. Sessions.UserClaims.Email, .. Sessions.UserClaims.Profile]);

        var current = keys.Current;
        options.SigningCredentials.AddRange(current.Signing);
        options.EncryptionCredentials.Add(current.Encryption);
    }

    public void Configure(OpenIddictServerAspNetCoreOptions options)
        // The settings were checked: an issuer without TLS is on loopback, or this is Development.
        => options.DisableTransportSecurityRequirement = !issuer.IsSecure;
}
