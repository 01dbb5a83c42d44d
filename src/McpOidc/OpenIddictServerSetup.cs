using System.Security.Cryptography;
using McpOidc.Configuration;
using McpOidc.Discovery;
using McpOidc.Keys;
using McpOidc.Registration;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc;

/// <summary>Copies our settings and keys to OpenIddict's options, when they are first needed rather than when services are
/// registered.</summary>
internal sealed class OpenIddictServerSetup(
    Issuer issuer,
    MetadataLocations locations,
    IOptions<TokenOptions> lifetimes,
    SigningKeyRing keys,
    StaticClients clients,
    IOptions<IdentityAssertionOptions> assertions,
    IOptions<DeviceAuthorizationOptions> devices,
    TimeProvider clock
) : IConfigureOptions<OpenIddictServerOptions>, IConfigureOptions<OpenIddictServerAspNetCoreOptions>
{
    private static readonly string[] s_configuredGrantTypes =
    [
        StaticClients.ClientCredentials,
        StaticClients.JwtBearer,
        StaticClients.TokenExchange,
    ];

    public void Configure(OpenIddictServerOptions options)
    {
        options.Issuer = issuer.Uri;
        // Unusable grant types are neither offered nor accepted.
        options.GrantTypes.UnionWith(s_configuredGrantTypes.Where(clients.AnyMay));
        if (assertions.Value.Issuers.Any(issuer => issuer.ClientDomains.Count > 0))
        {
            options.GrantTypes.Add(StaticClients.JwtBearer);
        }

        if (devices.Value.Enabled)
        {
            options.GrantTypes.Add(StaticClients.DeviceCode);
            options.DeviceAuthorizationEndpointUris.Add(new Uri(EndpointPaths.DeviceAuthorization.TrimStart('/'), UriKind.Relative));
            // OpenIddict requires this page too. Its own handlers do not act there, because our parameter has another name.
            options.EndUserVerificationEndpointUris.Add(new Uri(EndpointPaths.Device.TrimStart('/'), UriKind.Relative));
        }

        options.TimeProvider = clock;
        options.AuthorizationCodeLifetime = lifetimes.Value.AuthorizationCodeLifetime;
        options.RequestTokenLifetime = lifetimes.Value.PushedRequestLifetime;
        options.AccessTokenLifetime = lifetimes.Value.AccessTokenLifetime;
        options.IdentityTokenLifetime = lifetimes.Value.IdentityTokenLifetime;
        options.RefreshTokenLifetime = lifetimes.Value.RefreshTokenLifetime;
        options.Claims.UnionWith([
            Claims.Subject,
            "sid",
            Claims.AuthenticationTime,
            Claims.Issuer,
            .. Sessions.UserClaims.Email,
            .. Sessions.UserClaims.Profile,
        ]);

        options.ConfigurationEndpointUris.AddRange(locations.Paths.Select(path => new Uri(issuer.Origin + path)));
        MakeAbsolute(
            options.AuthorizationEndpointUris,
            options.PushedAuthorizationEndpointUris,
            options.DeviceAuthorizationEndpointUris,
            options.EndUserVerificationEndpointUris,
            options.TokenEndpointUris,
            options.RevocationEndpointUris,
            options.IntrospectionEndpointUris,
            options.UserInfoEndpointUris,
            options.EndSessionEndpointUris,
            options.JsonWebKeySetEndpointUris,
            options.ConfigurationEndpointUris
        );

        if (!keys.IsLoaded)
        {
            AddUnused(options);
            return;
        }

        var current = keys.Current;
        options.SigningCredentials.AddRange(current.Signing);
        options.SigningCredentials.AddRange(current.Identity);
        options.TokenValidationParameters.IssuerSigningKeyResolver = (_, token, _, _) =>
            token is JsonWebToken jwt ? current.KeysFor(jwt) : [];
        // If that finds none, all keys would be tried.
        options.TokenValidationParameters.TryAllIssuerSigningKeys = false;
        options.EncryptionCredentials.AddRange(current.Encryption);
    }

    // Without keys OpenIddict would throw at every request, including probes. No endpoint of ours signs with these: see
    // KeysAwaitedMiddleware.
    private static void AddUnused(OpenIddictServerOptions options)
    {
        options.SigningCredentials.Add(
            new(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)), SecurityAlgorithms.EcdsaSha256)
        );
        options.EncryptionCredentials.Add(
            new(
                new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)),
                SecurityAlgorithms.Aes256KW,
                SecurityAlgorithms.Aes256CbcHmacSha512
            )
        );
    }

    // OpenIddict compares each with the URL of every request, and would resolve a relative one each time.
    private void MakeAbsolute(params IEnumerable<List<Uri>> endpoints)
    {
        var root = new Uri(issuer.Value + "/");
        foreach (var uris in endpoints)
        {
            for (var i = 0; i < uris.Count; i++)
            {
                uris[i] = uris[i].IsAbsoluteUri ? uris[i] : new Uri(root, uris[i]);
            }
        }
    }

    public void Configure(OpenIddictServerAspNetCoreOptions options)
    {
        // The settings were validated: an issuer without TLS is on loopback, or this is Development.
        options.DisableTransportSecurityRequirement = !issuer.IsSecure;
        // A Basic challenge requires a realm (RFC 7617 §2).
        options.Realm = issuer.Value;
    }
}
