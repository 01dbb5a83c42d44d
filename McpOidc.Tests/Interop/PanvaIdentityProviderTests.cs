using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Journeys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Interop;

/// <summary>The journey with a third-party identity provider. It uses the real clock, but honors the refresh token no matter when the test
/// system considers the access token expired.</summary>
public sealed class PanvaIdentityProviderTests
{
    [NodeTheory]
    [InlineData(false)]
    [InlineData(true)]
    public Task A_client_signs_in_calls_upstream_refreshes_and_survives_a_restart(bool standalone) =>
        TravelAsync(standalone, key: null, jwks: null);

    [NodeTheory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task The_journey_works_with_a_private_key_instead_of_a_client_secret(string algorithm)
    {
        using AsymmetricAlgorithm key = algorithm == "ES256" ? ECDsa.Create(ECCurve.NamedCurves.nistP256) : RSA.Create(2048);
        SecurityKey known = key is RSA rsa ? new RsaSecurityKey(rsa.ExportParameters(false)) : Public((ECDsa)key);
        var jwk = JsonWebKeyConverter.ConvertFromSecurityKey(known);
        var published = new JsonObject { ["kty"] = jwk.Kty, ["kid"] = Base64UrlEncoder.Encode(known.ComputeJwkThumbprint()) };
        foreach (var (name, value) in new[] { ("n", jwk.N), ("e", jwk.E), ("crv", jwk.Crv), ("x", jwk.X), ("y", jwk.Y) })
        {
            if (value is not null)
            {
                published[name] = value;
            }
        }

        await TravelAsync(standalone: false, key.ExportPkcs8PrivateKeyPem(), new JsonObject { ["keys"] = new JsonArray(published) });
    }

    private static ECDsaSecurityKey Public(ECDsa key) => new(ECDsa.Create(key.ExportParameters(includePrivateParameters: false)));

    private static async Task TravelAsync(bool standalone, string? key, JsonObject? jwks)
    {
        var port = Loopback.FreePort();
        await using var idp = await PanvaIdentityProvider.StartAsync($"http://localhost:{port}/oauth/callback", jwks);
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.ServerPort = port;
            options.Provider = idp.Settings;
            if (key is not null)
            {
                options.Set("McpOidc:IdentityProvider:ClientKey", key);
            }

            // It issues refresh tokens only after a consent prompt.
            options.Set("McpOidc:IdentityProvider:AdditionalParameters:prompt", "consent");
        });
        try
        {
            await Journey.RunAsync(system, async resource => await SdkClient.ConnectAsync(resource), idp.CountRefreshesAsync);
        }
        catch (Exception failure)
        {
            throw idp.Explain(failure);
        }
    }
}
