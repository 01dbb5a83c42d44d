using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>
/// The path of a claim in settings. Its meaning depends only on its text, never on a user's claims, some of which the user can choose:
/// dots descend, single quotes enclose a name, and a text with <c>://</c> outside quotes is a single name (docs/decisions/0036).
/// </summary>
internal sealed class ClaimPath
{
    private readonly string[] _names;

    private ClaimPath(string[] names) => _names = names;

    /// <summary>The top-level claim, to which the rest of the path applies.</summary>
    public string Root => _names[0];

    /// <returns><see langword="null"/> for a text that is not a valid path.</returns>
    public static ClaimPath? Parse(string? text)
    {
        // A space at an end is a slip, and a rule that denies would then match no one.
        if (string.IsNullOrWhiteSpace(text) || text != text.Trim())
        {
            return null;
        }

        if (!text.Contains('\'', StringComparison.Ordinal) && text.Contains("://", StringComparison.Ordinal))
        {
            return new ClaimPath([text]);
        }

        var names = new List<string>();
        for (var at = 0; ; at++)
        {
            if (ReadName(text, ref at) is not { Length: > 0 } name)
            {
                return null;
            }

            names.Add(name);
            if (at == text.Length)
            {
                return new ClaimPath([.. names]);
            }

            if (text[at] != '.')
            {
                return null;
            }
        }
    }

    /// <summary>
    /// The values at this path: a string, number or boolean as it is, each element of an array, and those members of an object that are
    /// true or objects themselves, which is how Zitadel writes roles. Arrays along the path are expanded.
    /// </summary>
    public IEnumerable<string> ReadFrom(JsonObject claims) => FindIn(claims).SelectMany(ValuesOf);

    /// <summary>The JSON at this path; several if an array along it has several.</summary>
    public IEnumerable<JsonNode?> FindIn(JsonObject claims) =>
        _names.Aggregate<string, IEnumerable<JsonNode?>>([claims], (nodes, name) => nodes.SelectMany(node => Below(node, name)));

    /// <summary>Whether the provider omitted the claim because it is too large (Entra ID's groups), or refers to another source. Its value
    /// is then unknown (OpenID Connect Core §5.6.2).</summary>
    public bool IsUntoldIn(JsonObject claims) =>
        claims[Root] is null
        && (
            (claims["_claim_names"] is JsonObject named && named.ContainsKey(Root))
            || (Root == "groups" && claims["hasgroups"]?.ToString() is "true")
        );

    private static string? ReadName(string text, ref int at)
    {
        var from = at;
        if (at == text.Length || text[at] != '\'')
        {
            var dot = text.IndexOf('.', from);
            at = dot < 0 ? text.Length : dot;
            return text[from..at] is var plain && plain == plain.Trim() && !plain.Contains('\'', StringComparison.Ordinal) ? plain : null;
        }

        var name = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] != '\'')
            {
                name.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '\'')
            {
                name.Append(text[at++]);
            }
            else
            {
                at++;
                return name.ToString();
            }
        }

        return null;
    }

    private static IEnumerable<JsonNode?> Below(JsonNode? node, string name) =>
        node switch
        {
            JsonObject at => at.TryGetPropertyValue(name, out var below) ? [below] : [],
            JsonArray several => several.SelectMany(one => one is JsonObject ? Below(one, name) : []),
            _ => [],
        };

    private static IEnumerable<string> ValuesOf(JsonNode? node) =>
        node switch
        {
            JsonArray several => several.Where(one => one is not JsonArray and not JsonObject).SelectMany(ValuesOf),
            JsonObject members => members
                .Where(member => member.Value is JsonObject || member.Value?.GetValueKind() == JsonValueKind.True)
                .Select(member => member.Key),
            JsonValue value when value.GetValueKind() == JsonValueKind.String => [value.GetValue<string>()],
            JsonValue value => [value.ToJsonString()],
            _ => [],
        };
}
