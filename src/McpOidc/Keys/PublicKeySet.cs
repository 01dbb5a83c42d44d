using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>
/// A client's public keys (RFC 7517 §5), as registered, published or configured. Limited in number, and few are tried per signature, so
/// that the cost of a request does not depend on how many a client registered.
/// </summary>
internal static class PublicKeySet
{
    /// <summary>More than a client needs that replaces its keys one by one.</summary>
    public const int MaximumKeys = 10;

    private const int MaximumTried = 2;

    /// <summary>The readable keys, including private ones; <see langword="null"/> if it is not a key set. A key of an unknown type does
    /// not affect the others (RFC 7517 §5).</summary>
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

    /// <summary>The keys of a set that can verify signatures.</summary>
    public static IReadOnlyList<JsonWebKey> Usable(string? jwks) => [.. (Read(jwks) ?? []).Where(AsymmetricAlgorithms.MayVerify)];

    /// <summary>A key set reduced to the members that are used.</summary>
    public static JsonElement Write(IEnumerable<JsonWebKey> keys) =>
        JsonElement.Parse(new JsonObject { ["keys"] = new JsonArray([.. keys.Select(JsonWebKeyText.PublicMembers)]) }.ToJsonString());

    /// <summary>The candidate keys for a signature: the named ones, or else the first two with its algorithm.</summary>
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
