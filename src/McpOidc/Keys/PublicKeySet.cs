using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// The public keys of a client (RFC 7517 §5), as it registered, published or was configured with. Few, and few of them tried: what one
/// request costs does not grow with what its sender registered.
/// </summary>
internal static class PublicKeySet
{
    /// <summary>More keys than anybody has who replaces them one by one.</summary>
    public const int MaximumKeys = 10;

    private const int MaximumTried = 2;

    /// <summary>The keys, private ones too; <see langword="null"/> for what is no key set.</summary>
    public static IList<JsonWebKey>? Read(string? jwks)
    {
        try
        {
            return jwks is null ? null : new JsonWebKeySet(jwks).Keys;
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            return null;
        }
    }

    /// <summary>A key set with the members that somebody reads; others would be kept for nobody.</summary>
    public static JsonElement Write(IEnumerable<JsonWebKey> keys) =>
        JsonElement.Parse(new JsonObject { ["keys"] = new JsonArray([.. keys.Select(JsonWebKeyText.PublicMembers)]) }.ToJsonString());

    /// <summary>The keys that a signature may be of: those that it names, or else the first two that fit its algorithm.</summary>
    public static SecurityKey[] Candidates(IEnumerable<JsonWebKey> keys, string? keyId, string? algorithm)
    {
        var fitting = keys.Where(key => AsymmetricAlgorithms.MayVerify(key, algorithm)).ToList();
        var named = fitting.Where(key => keyId is { Length: > 0 } && key.Kid == keyId).ToList();
        return [.. (named.Count > 0 ? named : fitting).Take(MaximumTried)];
    }
}
