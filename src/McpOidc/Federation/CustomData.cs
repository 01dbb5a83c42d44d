using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Federation;

/// <summary>Runs all extractors, and the configured claim map, on the claims of a sign-in.</summary>
internal sealed class CustomData(IEnumerable<ICustomDataExtractor> extractors)
{
    public JsonObject? Extract(JsonObject claims, IdentityProviderOptions options)
    {
        var data = FromClaimMap(claims, options);
        var user = ToPrincipal(claims);
        foreach (var extracted in extractors.Select(extractor => extractor.Extract(user)).OfType<JsonObject>())
        {
            foreach (var (name, value) in extracted)
            {
                data[name] = value?.DeepClone();
            }
        }

        return data.Count == 0 ? null : data;
    }

    private static JsonObject FromClaimMap(JsonObject claims, IdentityProviderOptions options)
    {
        var data = new JsonObject();
        foreach (var (name, path) in options.CustomData)
        {
            if (AnswerMember.Find(claims, path) is { } value)
            {
                Put(data, name.Split(':'), value.DeepClone());
            }
        }

        return data;
    }

    // A name with a colon is a section of the settings: an object, possibly nested.
    private static void Put(JsonObject data, ReadOnlySpan<string> path, JsonNode value)
    {
        if (path is [var name])
        {
            data[name] = value;
            return;
        }

        if (data[path[0]] is not JsonObject below)
        {
            data[path[0]] = below = [];
        }

        Put(below, path[1..], value);
    }

    private static ClaimsPrincipal ToPrincipal(JsonObject claims) =>
        new(new ClaimsIdentity(claims.SelectMany(ToClaims), "idp", "name", "roles"));

    private static IEnumerable<Claim> ToClaims(KeyValuePair<string, JsonNode?> claim) =>
        claim.Value switch
        {
            JsonArray array => array.Where(item => item is not null).Select(item => new Claim(claim.Key, Text(item!))),
            { } value => [new Claim(claim.Key, Text(value))],
            null => [],
        };

    private static string Text(JsonNode node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node.ToJsonString();
}
