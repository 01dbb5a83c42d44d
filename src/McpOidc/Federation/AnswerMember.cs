using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Federation;

/// <summary>Finds the configured members in a provider's data about a user.</summary>
internal static partial class AnswerMember
{
    /// <summary>The member at a dotted path. A member whose own name has dots (https://example.com/roles) takes precedence; a number is an
    /// index into a list, from 0.</summary>
    public static JsonNode? Find(JsonObject answer, string path) =>
        answer[path]
        ?? path.Split('.')
            .Aggregate(
                (JsonNode?)answer,
                (node, step) =>
                    node switch
                    {
                        JsonObject members => members[step],
                        JsonArray list when int.TryParse(step, out var index) && index >= 0 && index < list.Count => list[index],
                        _ => null,
                    }
            );

    /// <summary>The same, or the first existing one of several separated by bars (<c>name|login</c>), or a text with members in braces
    /// (<c>{team_id}/{user_id}</c>), all of which must exist.</summary>
    public static JsonNode? Evaluate(JsonObject answer, string expression) =>
        expression
            .Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(part => part.Contains('{') ? Fill(answer, part) : Find(answer, part))
            .FirstOrDefault(value => value is not null && value.ToString().Length > 0);

    private static JsonValue? Fill(JsonObject answer, string template)
    {
        var isWhole = true;
        var text = Member()
            .Replace(
                template,
                match =>
                {
                    var value = Find(answer, match.Groups[1].Value) is JsonValue found ? found.ToString() : "";
                    isWhole &= value.Length > 0;
                    return value;
                }
            );
        return isWhole ? JsonValue.Create(text) : null;
    }

    [GeneratedRegex(@"\{([^{}]+)\}")]
    private static partial Regex Member();
}
