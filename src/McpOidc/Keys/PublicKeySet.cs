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

    /// <summary>The keys that can be read, private ones too; <see langword="null"/> for what is no key set. A key of a kind that is not
    /// known here says nothing about the others (RFC 7517 §5).</summary>
    public static IReadOnlyList<JsonWebKey>? Read(string? jwks)
    {
        try
        {
            return JsonNode.Parse(jwks ?? "null") is JsonObject set && set["keys"] is JsonArray keys
                ? [.. keys.Select(ReadKey).OfType<JsonWebKey>()]
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Those of a set that can verify signatures.</summary>
    public static IReadOnlyList<JsonWebKey> Usable(string? jwks) => [.. (Read(jwks) ?? []).Where(AsymmetricAlgorithms.MayVerify)];

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

    private static JsonWebKey? ReadKey(JsonNode? key)
    {
        try
        {
            return key is JsonObject ? new JsonWebKey(key.ToJsonString()) : null;
        }
        catch (Exception exception) when (exception is ArgumentException or JsonException)
        {
            return null;
        }
    }
}
