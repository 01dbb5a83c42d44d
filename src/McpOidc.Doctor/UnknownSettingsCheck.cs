using System.Collections;
using System.ComponentModel;
using System.Reflection;
using System.Runtime.CompilerServices;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Configuration;

namespace McpOidc.Doctor;

/// <summary>A setting that nobody reads is one that was misspelt: it is silently without effect.</summary>
internal sealed class UnknownSettingsCheck : ICheck
{
    private static readonly Finding s_finding = new("unknown settings");

    // One type of each package that has settings.
    private static readonly Type[] s_parts =
    [
        typeof(McpOidcOptions),
        typeof(ResourceServerOptions),
        typeof(SqliteStoreOptions),
        typeof(RedisStoreOptions),
        typeof(KeyOptions),
    ];

    private static readonly (Type Type, string Section)[] s_sections =
    [
        .. from part in s_parts
        from type in part.Assembly.GetExportedTypes()
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        orderby section.Length descending
        select (type, section),
    ];

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        foreach (
            var setting in examination
                .Settings.Root.Of(McpOidcOptions.Section)
                .AsEnumerable(makePathsRelative: true)
                .Where(pair => pair.Value is not null)
                .Select(pair => $"{McpOidcOptions.Section}:{pair.Key}")
        )
        {
            if (!IsKnown(setting))
            {
                yield return s_finding.Warning(
                    $"{Finding.Setting(setting)} is not a setting: it has no effect.",
                    "Compare its name with docs/configuration.md, or remove it."
                );
            }
        }

        static bool IsKnown(string setting) =>
            s_sections.Any(options =>
                setting.StartsWith(options.Section + ":", StringComparison.OrdinalIgnoreCase)
                && LeadsToValue(options.Type, setting[(options.Section.Length + 1)..].Split(':'))
            );
    }

    private static bool IsCustomData(string name) =>
        name.Equals(nameof(IdentityProviderOptions.CustomData), StringComparison.OrdinalIgnoreCase);

    private static bool LeadsToValue(Type type, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            // What may be a value or a section says so by its converter.
            return TypeDescriptor.GetConverter(type).CanConvertFrom(typeof(string));
        }

        if (type == typeof(string) || type.IsValueType)
        {
            return false;
        }

        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)))
        {
            return LeadsToValue(type.GetGenericArguments()[^1], path[1..]);
        }

        // Further providers are the one thing that is bound by name.
        if (type == typeof(IdentityProviderOptions) && path is ["Providers", _, ..])
        {
            return LeadsToValue(type, path[2..]);
        }

        // Custom data may be objects.
        if (type == typeof(IdentityProviderOptions) && path is [var name, _, ..] && IsCustomData(name))
        {
            return true;
        }

        return type.GetProperty(path[0], BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase) is { } property
            && LeadsToValue(property.PropertyType, path[1..]);
    }
}
