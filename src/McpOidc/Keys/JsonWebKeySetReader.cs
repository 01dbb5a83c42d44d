using System.Text.Json;
using McpOidc.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>Reads the private keys in the settings, and reports what is wrong with them.</summary>
internal static class JsonWebKeySetReader
{
    /// <summary>The signing keys, the active one first.</summary>
    /// <exception cref="FormatException">The message names the setting and the remedy, and never repeats a key.</exception>
    public static IReadOnlyList<SigningCredentials> Read(string jwks)
    {
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(jwks);
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            throw Problem("is not a JSON Web Key Set");
        }

        return set.Keys.Count == 0 ? throw Problem("contains no key") : [.. set.Keys.Select(ToCredentials)];
    }

    public static SigningCredentials ToCredentials(JsonWebKey key)
    {
        if (key.Kty is not (JsonWebAlgorithmsKeyTypes.EllipticCurve or JsonWebAlgorithmsKeyTypes.RSA))
        {
            // The value is never repeated: it is secret.
            throw Problem("contains a key whose type is neither EC nor RSA");
        }

        if (!key.HasPrivateKey)
        {
            throw Problem("contains a key without its private part");
        }

        key.Kid ??= ThumbprintOf(key);
        var algorithm = string.IsNullOrEmpty(key.Alg) ? DefaultAlgorithm(key) : key.Alg;
        if (!KeyGenerator.Algorithms.Contains(algorithm))
        {
            throw Problem("contains a key whose algorithm is not one of " + string.Join(", ", KeyGenerator.Algorithms));
        }

        // OpenIddict does not accept a JsonWebKey as an asymmetric key.
        return JsonWebKeyConverter.TryConvertToSecurityKey(key, out var converted)
            ? new SigningCredentials(converted, algorithm)
            : throw Problem("contains a key that cannot be read");
    }

    private static string ThumbprintOf(JsonWebKey key)
    {
        try
        {
            return Base64UrlEncoder.Encode(key.ComputeJwkThumbprint());
        }
        catch (ArgumentException)
        {
            throw Problem("contains a key with a missing member");
        }
    }

    private static string DefaultAlgorithm(JsonWebKey key) =>
        key.Crv switch
        {
            JsonWebKeyECTypes.P384 => SecurityAlgorithms.EcdsaSha384,
            JsonWebKeyECTypes.P521 => SecurityAlgorithms.EcdsaSha512,
            JsonWebKeyECTypes.P256 => SecurityAlgorithms.EcdsaSha256,
            _ => SecurityAlgorithms.RsaSha256,
        };

    private static FormatException Problem(string problem) =>
        new(
            SettingProblem.Describe(
                $"{KeyOptions.Section}:{nameof(KeyOptions.Jwks)}",
                problem,
                "Use the output of 'dotnet run --project McpOidc.AuthServer -- keys'."
            )
        );
}
