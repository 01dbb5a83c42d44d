using System.Text.Json.Nodes;

namespace McpOidc.Tests.Administration;

/// <summary>Checks a response of the operators' API against the schema in its description.</summary>
internal static class DescribedSchema
{
    public static void AssertIs(JsonNode? value, JsonObject schemas, string schema, string path)
    {
        var (known, required) = (
            schemas[schema]!["properties"]!.AsObject(),
            schemas[schema]!["required"]!.AsArray().Select(name => name!.ToString())
        );
        var members = value!.AsObject();
        Assert.All(required, name => Assert.True(members.ContainsKey(name), $"{path} lacks {name}"));
        foreach (var (name, member) in members)
        {
            Assert.True(known.ContainsKey(name), $"{path} has {name}");
            if (known[name]!["items"]?["$ref"] is { } reference)
            {
                Assert.All(member!.AsArray(), item => AssertIs(item, schemas, reference.ToString().Split('/')[^1], path));
            }
        }
    }
}
