using System.Collections;
using System.Reflection;
using System.Text.RegularExpressions;
using McpOidc.DevIdp;

namespace McpOidc.Tests.Conventions;

/// <summary>Identifies the environment variables that are our settings.</summary>
internal static partial class OptionNames
{
    private static readonly (Type Type, string Section)[] s_sections =
    [
        .. Library
            .ExportedTypes.Select(type =>
                (type, type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string)
            )
            .Where(options => options.Item2 is not null)
            .Select(options => (options.type, options.Item2!)),
        (typeof(DevIdpOptions), "DevIdp"),
    ];

    /// <summary>Whether a variable resolves to a value: the longest matching section, then property by property.</summary>
    public static bool Contains(string variable) => Leads(variable, type => IsValue(type));

    /// <summary>Whether a name is that of a setting, a section or a list of settings, as used in texts.</summary>
    public static bool ContainsPart(string name) =>
        s_sections.Any(options => options.Section == name) || Providers().IsMatch(name) || Leads(name, _ => true);

    private static bool Leads(string variable, Func<Type, bool> isEnd)
    {
        // A named provider has the same settings as a single one.
        var key = NamedProvider().Replace(variable.Replace("__", ":", StringComparison.Ordinal), "McpOidc:IdentityProvider:");
        return s_sections
            .Where(options => key.StartsWith(options.Section + ":", StringComparison.Ordinal))
            .Any(options => Leads(options.Type, key[(options.Section.Length + 1)..].Split(':'), isEnd));
    }

    private static bool IsValue(Type type) => type == typeof(string) || Nullable.GetUnderlyingType(type) is not null || type.IsValueType;

    private static bool Leads(Type type, ReadOnlySpan<string> path, Func<Type, bool> isEnd)
    {
        if (path.IsEmpty)
        {
            return isEnd(type);
        }

        if (type == typeof(string) || type.IsValueType)
        {
            return false;
        }

        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)))
        {
            var fits = type.GetGenericArguments().Length == 2 || int.TryParse(path[0], out _);
            return fits && Leads(type.GetGenericArguments()[^1], path[1..], isEnd);
        }

        return type.GetProperty(path[0]) is { } property && Leads(property.PropertyType, path[1..], isEnd);
    }

    [GeneratedRegex("^McpOidc:IdentityProvider:Providers(:[^:]+)?$")]
    private static partial Regex Providers();

    [GeneratedRegex("^McpOidc:IdentityProvider:Providers:[^:]+:")]
    private static partial Regex NamedProvider();
}
