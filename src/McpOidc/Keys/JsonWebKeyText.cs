using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Keys;

/// <summary>Writes JSON Web Keys.</summary>
public static class JsonWebKeyText
{
    private static readonly JsonSerializerOptions s_pretty = new() { WriteIndented = true };
    private static readonly JsonSerializerOptions s_plain = new();

    /// <summary>A key with its private members, as JSON.</summary>
    /// <param name="key">The key.</param>
    public static string Private(JsonWebKey key) => Members(key).ToJsonString();

    /// <summary>A JSON Web Key Set (RFC 7517 §5) with private members, as JSON.</summary>
    /// <param name="keys">The keys, the signing one first.</param>
    /// <param name="pretty">Whether to indent.</param>
    public static string PrivateSet(IEnumerable<JsonWebKey> keys, bool pretty) =>
        new JsonObject { ["keys"] = new JsonArray([.. keys.Select(Members)]) }.ToJsonString(pretty ? s_pretty : s_plain);

    /// <summary>The public members of a key.</summary>
    internal static JsonObject PublicMembers(JsonWebKey key) =>
        Write(
            ("kty", key.Kty),
            ("use", key.Use),
            ("alg", key.Alg),
            ("kid", key.Kid),
            ("crv", key.Crv),
            ("x", key.X),
            ("y", key.Y),
            ("n", key.N),
            ("e", key.E)
        );

    private static JsonObject Members(JsonWebKey key) =>
        Write(
            ("kty", key.Kty),
            ("use", key.Use),
            ("alg", key.Alg),
            ("kid", key.Kid),
            ("crv", key.Crv),
            ("x", key.X),
            ("y", key.Y),
            ("d", key.D),
            ("n", key.N),
            ("e", key.E),
            ("p", key.P),
            ("q", key.Q),
            ("dp", key.DP),
            ("dq", key.DQ),
            ("qi", key.QI)
        );

    private static JsonObject Write(params (string Name, string? Value)[] members) =>
        new(
            members
                .Where(member => !string.IsNullOrEmpty(member.Value))
                .Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Value))
        );
}
