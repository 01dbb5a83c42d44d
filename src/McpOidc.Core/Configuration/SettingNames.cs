using System.Collections;
using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace McpOidc.Configuration;

/// <summary>An options class and the section that it is bound to.</summary>
internal sealed record SettingsSection(Type Type, string Path);

/// <summary>The names of all settings, used to find misspelt ones, which would otherwise have no effect.</summary>
internal sealed class SettingNames(IEnumerable<SettingsSection> sections, IConfiguration? application = null)
{
    // Includes packages that this process may not reference: several processes may share one file.
    private static readonly string[] s_all =
    [
        "Admin",
        "ApplicationSignIn",
        "DeviceAuthorization",
        "IdentityAssertion",
        "IdentityProvider",
        "Keys",
        "Pages",
        "PersonalAccessTokens",
        "RateLimits",
        "Redis",
        "Registration",
        "ResourceServer",
        "Sqlite",
        "Tokens",
    ];

    private readonly SettingsSection[] _sections = [.. sections.Distinct().OrderByDescending(section => section.Path.Length)];

    /// <summary>All sections, including those that this process does not read.</summary>
    public static IEnumerable<string> All => s_all.Select(name => $"{McpOidcOptions.Section}:{name}").Append(McpOidcOptions.Section);

    /// <summary>The settings that are never read, as problems with a remedy.</summary>
    public IEnumerable<UnknownSetting> FindUnknown(SettingsRoot root) =>
        root.Of(McpOidcOptions.Section)
            .AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null)
            .Select(pair => $"{McpOidcOptions.Section}:{pair.Key}")
            .Where(setting => !IsKnown(setting))
            .Select(setting => new UnknownSetting(setting, Suggest(setting)))
            .Concat(FindVariables());

    // In the environment two underscores separate names; with one, the variable is a setting of no section.
    private IEnumerable<UnknownSetting> FindVariables() =>
        from variable in application?.GetChildren() ?? []
        where variable.Value is not null && variable.Key.StartsWith(McpOidcOptions.Section + "_", StringComparison.OrdinalIgnoreCase)
        let setting = variable.Key.Replace('_', ':')
        where IsKnown(setting)
        select new UnknownSetting(variable.Key, setting.Replace(":", "__", StringComparison.Ordinal));

    /// <summary>The type of a setting below an options class; <see langword="null"/> if there is none of this name.</summary>
    public static Type? TypeOf(Type type, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            // A type that can be both a value and a section has a type converter.
            return TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string)) ? type : null;
        }

        // Custom data may contain objects.
        if (type == typeof(IdentityProviderOptions) && path is [var name, _, ..] && IsCustomData(name))
        {
            return typeof(string);
        }

        return Step(type, path) is (var next, var steps) ? TypeOf(next, path[steps..]) : null;
    }

    /// <summary>A setting of the right name whose value has the wrong shape, which would have no effect: one value instead of a list,
    /// or a list instead of one value.</summary>
    public static SettingProblem? FindWrongShape(string section, Type type, string[] path)
    {
        var (reached, taken) = Follow(type, path);
        var setting = string.Join(':', [section, .. path[..taken]]);
        return taken == path.Length && IsCollection(reached)
            ? reached.GetGenericArguments().Length == 1
                ? new(setting, "is a list", $"Write each value with its number, the first one as {setting}:0.")
                : new(setting, "is a section", $"Write each value with its name, for instance {setting}:name.")
            : taken < path.Length && IsValue(reached)
                ? new(setting, "is one value and not a list", "Write it as one text; scopes are separated by spaces.")
                : null;
    }

    private static (Type Type, int Taken) Follow(Type type, string[] path)
    {
        var taken = 0;
        while (taken < path.Length && Step(type, path.AsSpan(taken)) is (var next, var steps))
        {
            (type, taken) = (next, taken + steps);
        }

        return (type, taken);
    }

    private static bool IsValue(Type type) => type == typeof(string) || type.IsValueType;

    private static bool IsCollection(Type type) => type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable));

    private static (Type Next, int Steps)? Step(Type type, ReadOnlySpan<string> path) =>
        IsValue(type) ? null
        : IsCollection(type) ? (type.GetGenericArguments()[^1], 1)
        // Additional providers are the only settings bound by name.
        : type == typeof(IdentityProviderOptions) && path is ["Providers", _, ..] ? (type, 2)
        : type.GetProperty(path[0], BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } property
            ? (property.PropertyType, 1)
        : null;

    private static bool IsCustomData(string name) =>
        name.Equals(nameof(IdentityProviderOptions.CustomData), StringComparison.OrdinalIgnoreCase);

    private bool IsKnown(string setting) =>
        Array.Exists(
            _sections,
            section => IsBelow(setting, section.Path) && TypeOf(section.Type, setting[(section.Path.Length + 1)..].Split(':')) is not null
        )
        || (
            !Array.Exists(_sections, section => section.Path != McpOidcOptions.Section && IsBelow(setting, section.Path))
            && IsForOthers(setting)
        );

    private static bool IsForOthers(string setting) => All.Any(section => section != McpOidcOptions.Section && IsBelow(setting, section));

    private static bool IsBelow(string setting, string section) => setting.StartsWith(section + ":", StringComparison.OrdinalIgnoreCase);

    private string? Suggest(string setting)
    {
        var section = _sections.First(section => IsBelow(setting, section.Path));
        string[] path = setting[(section.Path.Length + 1)..].Split(':');
        var (type, taken) = Follow(section.Type, path);
        if (taken == path.Length || IsValue(type))
        {
            return null;
        }

        var wrong = path[taken];
        if (Closest(wrong, section.Path == McpOidcOptions.Section && taken == 0 ? [.. NamesOf(type), .. s_all] : NamesOf(type)) is { } name)
        {
            return string.Join(':', [section.Path, .. path[..taken], name, .. path[(taken + 1)..]]);
        }

        // The right name in the wrong section.
        return _sections
            .SelectMany(other => NamesOf(other.Type).Select(name => $"{other.Path}:{name}"))
            .FirstOrDefault(other => IsBelow($"{other}:", $"{other[..other.LastIndexOf(':')]}:{path[^1]}"));
    }

    private static string[] NamesOf(Type type) =>
        [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];

    private static string? Closest(string wrong, string[] names)
    {
        var best = names
            .Select(name => (Name: name, Distance: Distance(wrong.ToUpperInvariant(), name.ToUpperInvariant())))
            .MinBy(x => x.Distance);
        return best.Name is not null && best.Distance <= Math.Max(1, Math.Min(wrong.Length, best.Name.Length) / 3) ? best.Name : null;
    }

    // The edit distance: letters added, omitted, replaced or swapped with their neighbour.
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                cost[i, j] =
                    i == 0 ? j
                    : j == 0 ? i
                    : Math.Min(
                        Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1,
                        i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]
                            ? Math.Min(cost[i - 2, j - 2] + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                            : cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                    );
            }
        }

        return cost[a.Length, b.Length];
    }
}

/// <summary>A setting that is never read.</summary>
/// <param name="Setting">Its name.</param>
/// <param name="Suggestion">The setting that was probably intended.</param>
internal sealed record UnknownSetting(string Setting, string? Suggestion)
{
    public SettingProblem Problem =>
        new(
            Setting,
            "is not a known setting and has no effect",
            Suggestion is null ? "Check its name in docs/configuration.md, or remove it."
                : Suggestion.Equals(Setting, StringComparison.OrdinalIgnoreCase) ? "It is a section: write the settings below it."
                : $"Did you mean {Suggestion}?"
        );
}
