using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Federation;

/// <summary>Finds in what a provider said of a person what the settings name.</summary>
internal static partial class AnswerMember
{
    /// <summary>The member at a path with dots. One whose name itself has dots (https://example.com/roles) comes before a path; a number
    /// counts in a list, from 0.</summary>
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

    /// <summary>The same, or the first that is there of several between bars (<c>name|login</c>), or a text with members in braces
    /// (<c>{team_id}/{user_id}</c>), all of which have to be there.</summary>
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
