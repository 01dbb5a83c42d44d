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

/// <summary>Carries our settings and keys into OpenIddict's options, when they are first needed and not when services are
/// registered.</summary>
internal sealed class OpenIddictServerSetup(
    Issuer issuer,
    MetadataLocations locations,
    IOptions<TokenOptions> lifetimes,
    SigningKeyRing keys,
    StaticClients clients,
    IOptions<IdentityAssertionOptions> assertions,
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
        // What nobody may use is neither offered nor taken.
        options.GrantTypes.UnionWith(s_configuredGrantTypes.Where(clients.AnyMay));
        if (assertions.Value.Issuers.Any(issuer => issuer.ClientDomains.Count > 0))
        {
            options.GrantTypes.Add(StaticClients.JwtBearer);
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
        // Where that finds none, all would be tried.
        options.TokenValidationParameters.TryAllIssuerSigningKeys = false;
        options.EncryptionCredentials.AddRange(current.Encryption);
    }

    // Without keys OpenIddict would throw at every request, probes included. No endpoint of ours signs with these:
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
        // The settings were checked: an issuer without TLS is on loopback, or this is Development.
        options.DisableTransportSecurityRequirement = !issuer.IsSecure;
        // Basic is no challenge without one (RFC 7617 §2).
        options.Realm = issuer.Value;
    }
}
