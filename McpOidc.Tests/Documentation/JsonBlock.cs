using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Tests.Conventions;
using Microsoft.Extensions.Configuration;

namespace McpOidc.Tests.Documentation;

/// <summary>Settings must exist and have the right type; the settings of MCP clients must have the format of one of them.</summary>
internal static class JsonBlock
{
    // Where each client expects servers: Cursor, Claude, Gemini CLI and most others; VS Code; OpenCode.
    private static readonly string[] s_rootsOfClients = ["mcpServers", "servers", "mcp"];
    private static readonly string[] s_membersOfServers =
    [
        "type",
        "url",
        "httpUrl",
        "serverUrl",
        "command",
        "args",
        "enabled",
        "oauth",
        "auth",
        "headers",
    ];

    public static IReadOnlyList<string> ProblemsOf(string text)
    {
        var document = JsonNode.Parse(text.TrimStart().StartsWith('{') ? text : $"{{{text}}}")!.AsObject();
        return
        [
            .. document.SelectMany(root =>
                root.Key switch
                {
                    "McpOidc" or "DevIdp" => ProblemsOfSettings(document),
                    _ when s_rootsOfClients.Contains(root.Key) => ProblemsOfServers(root.Value!.AsObject()),
                    _ => [$"'{root.Key}' is nothing that this test knows."],
                }
            ),
        ];
    }

    private static List<string> ProblemsOfSettings(JsonObject document)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(document.ToJsonString()));
        var settings = new ConfigurationBuilder().AddJsonStream(stream).Build();
        List<string> problems =
        [
            .. settings
                .AsEnumerable()
                .Where(setting =>
                    setting.Value is not null && !OptionNames.Contains(setting.Key.Replace(":", "__", StringComparison.Ordinal))
                )
                .Select(setting => $"{setting.Key} is no setting."),
        ];
        foreach (var type in Library.ExportedTypes)
        {
            if (type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() is string section)
            {
                TryBind(settings.GetSection(section), type, problems);
            }
        }

        foreach (var provider in settings.GetSection(IdentityProviderOptions.Section + ":Providers").GetChildren())
        {
            TryBind(provider, typeof(IdentityProviderOptions), problems);
        }

        return problems;
    }

    private static void TryBind(IConfigurationSection section, Type type, List<string> problems)
    {
        try
        {
            section.Get(type);
        }
        catch (InvalidOperationException exception)
        {
            problems.Add(exception.Message);
        }
    }

    private static IEnumerable<string> ProblemsOfServers(JsonObject servers)
    {
        foreach (var (name, server) in servers)
        {
            var members = server!.AsObject();
            foreach (var member in members.Where(member => !s_membersOfServers.Contains(member.Key)))
            {
                yield return $"{name}: no client reads '{member.Key}'.";
            }

            var url =
                (members["url"] ?? members["httpUrl"] ?? members["serverUrl"])?.ToString()
                ?? members["args"]
                    ?.AsArray()
                    .Select(argument => argument!.ToString())
                    .FirstOrDefault(argument => argument.StartsWith("http", StringComparison.Ordinal));
            if (url?.EndsWith("/mcp", StringComparison.Ordinal) != true)
            {
                yield return $"{name} leads to no MCP endpoint.";
            }
        }
    }
}
