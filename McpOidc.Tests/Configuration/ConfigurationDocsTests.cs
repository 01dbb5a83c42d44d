using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using McpOidc.Protection;
using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Configuration;

/// <summary>docs/configuration.md lists exactly the existing settings, each with its environment variable and default.</summary>
public sealed partial class ConfigurationDocsTests
{
    private static readonly Dictionary<string, string> s_defaults = ReadOptions();
    private static readonly ILookup<string, (string Variable, string Default)> s_rows = ReadRows();

    public static TheoryData<string> Settings => [.. s_defaults.Keys];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_setting_has_a_row_with_its_environment_variable_and_its_default(string setting)
    {
        var rows = s_rows[setting].ToList();
        Assert.True(rows.Count == 1, $"docs/configuration.md has {rows.Count} rows for {setting}.");
        Assert.Equal(setting.Replace(":", "__", StringComparison.Ordinal), rows[0].Variable);
        if (s_defaults[setting].Length > 0)
        {
            Assert.Equal(s_defaults[setting], rows[0].Default);
        }
        else
        {
            Assert.Matches(NoValue(), rows[0].Default);
        }
    }

    [Fact]
    public void No_row_names_a_setting_that_does_not_exist() =>
        Assert.Empty(s_rows.Select(row => row.Key).Except(s_defaults.Keys, StringComparer.Ordinal));

    [Fact]
    public void Every_options_class_is_checked() =>
        Assert.Equal(
            [
                "McpOidc",
                "McpOidc:Admin",
                "McpOidc:ApplicationSignIn",
                "McpOidc:DeviceAuthorization",
                "McpOidc:IdentityAssertion",
                "McpOidc:IdentityProvider",
                "McpOidc:Keys",
                "McpOidc:Pages",
                "McpOidc:PersonalAccessTokens",
                "McpOidc:RateLimits",
                "McpOidc:Redis",
                "McpOidc:Registration",
                "McpOidc:ResourceServer",
                "McpOidc:Sqlite",
                "McpOidc:Tokens",
            ],
            OptionsClasses().Select(options => options.Section).Order(StringComparer.Ordinal)
        );

    private static Dictionary<string, string> ReadOptions() =>
        OptionsClasses().SelectMany(options => SettingsOf(options.Type, options.Section)).ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<(Type Type, string Section)> OptionsClasses() =>
        from type in Library.ExportedTypes
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        select (type, section);

    private static IEnumerable<KeyValuePair<string, string>> SettingsOf(Type type, string section)
    {
        var options = Activator.CreateInstance(type)!;
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .SelectMany(property => SettingsOf(property.PropertyType, property.GetValue(options), $"{section}:{property.Name}"));
    }

    private static IEnumerable<KeyValuePair<string, string>> SettingsOf(Type type, object? value, string path)
    {
        // Options that the application sets in code.
        if (type == typeof(McpOidcEvents))
        {
            return [];
        }

        if (type == typeof(string) || type.IsValueType)
        {
            return [new(path, Text(value))];
        }

        if (!type.IsAssignableTo(typeof(IEnumerable)))
        {
            return SettingsOf(type, path);
        }

        var element = type.GetGenericArguments()[^1];
        var elementPath = path + (type.GetGenericArguments().Length == 2 ? ":{name}" : ":{n}");
        return element == typeof(string)
            ? [new(elementPath, string.Join(", ", ((IEnumerable)value!).Cast<object>().Select(Text)))]
            : SettingsOf(element, elementPath);
    }

    /// <summary>A value as the page writes it; empty for none.</summary>
    private static string Text(object? value) =>
        value switch
        {
            null or "" => "",
            bool flag => flag ? "`true`" : "`false`",
            TimeSpan time => $"`{time:c}`",
            _ => string.Create(CultureInfo.InvariantCulture, $"`{value}`"),
        };

    private static ILookup<string, (string Variable, string Default)> ReadRows() =>
        Row()
            .Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "configuration.md")))
            .ToLookup(row => row.Groups[1].Value, row => (row.Groups[2].Value, row.Groups[3].Value), StringComparer.Ordinal);

    [GeneratedRegex(@"^\| `(McpOidc:[^`]+)` \| `([^`]+)` \| (.+?) \| (?:A|M|both) \| .+ \|\r?$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("^(none|required|derived: .+)$")]
    private static partial Regex NoValue();
}
