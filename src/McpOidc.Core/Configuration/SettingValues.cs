using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Reads the values of a section and reports the expected format of each value that cannot be read. Values may be secrets and are
/// never repeated.</summary>
internal static partial class SettingValues
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(36_525);

    /// <summary>Binds a section to options.</summary>
    /// <exception cref="OptionsValidationException">Some values cannot be read; it has one sentence for each.</exception>
    public static void Bind<TOptions>(IConfiguration section, string path, TOptions options)
        where TOptions : class
    {
        // The binder would put null (JSON) in place of a default, and into a list.
        var set = section.AsEnumerable(makePathsRelative: true).Where(pair => pair.Value is not null).ToList();
        var problems = set.Select(pair =>
                SettingNames.TypeOf(typeof(TOptions), pair.Key.Split(':')) is { } type ? Problem($"{path}:{pair.Key}", type, pair.Value!)
                : pair.Value!.Length > 0 ? SettingNames.FindWrongShape(path, typeof(TOptions), pair.Key.Split(':'))?.ToString()
                : null
            )
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .ToList();
        if (problems.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), problems);
        }

        new ConfigurationBuilder().AddInMemoryCollection(set).Build().Bind(options);
    }

    private static string? Problem(string setting, Type declared, string value)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type != declared && value.Length == 0)
        {
            return null;
        }

        // .NET reads a bare number as days, which is never intended by a value such as 900.
        if (type == typeof(TimeSpan) && BareNumber().IsMatch(value) && value.AsSpan().Trim().Trim('0').Length > 0)
        {
            return SettingProblem.Describe(setting, "has no unit", Write(Seconds(value, 1)));
        }

        return Read(type, value) switch
        {
            null => SettingProblem.Describe(setting, What(type), Remedy(type, value)),
            // .NET also reads the number of no value, and the sum of several.
            Enum read when value.Contains(',') || !Enum.IsDefined(type, read) => SettingProblem.Describe(
                setting,
                What(type),
                Remedy(type, value)
            ),
            // Added to a time of day, it would leave the calendar.
            TimeSpan span when span.Duration() > s_longest => SettingProblem.Describe(
                setting,
                "is longer than a hundred years",
                "Use a shorter time span, for instance 365.00:00:00 for a year."
            ),
            _ => null,
        };
    }

    // As the configuration binder does.
    private static object? Read(Type type, string value)
    {
        try
        {
            return type == typeof(string) ? value : TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return null;
        }
    }

    private static string What(Type type) =>
        type == typeof(TimeSpan) ? "is not a time span"
        : type == typeof(bool) ? "is not true or false"
        : type.IsEnum ? "is not one of the allowed values"
        : IsNumber(type) ? "is not a valid whole number"
        : "has a value of the wrong type";

    private static string Remedy(Type type, string value) =>
        type == typeof(TimeSpan) ? Write(WithUnit(value))
        : type == typeof(bool) ? "Set it to true or false."
        : type.IsEnum ? $"Set it to one of {string.Join(", ", Enum.GetNames(type))}."
        : IsNumber(type) ? "Set it to a whole number, in digits."
        : "See docs/configuration.md for its format.";

    private static bool IsNumber(Type type) => type.IsPrimitive || type == typeof(decimal);

    private static string Write(TimeSpan? meant) =>
        meant is { } span
            ? $"Write it as hh:mm:ss, or as d.hh:mm:ss with days, for instance {span.ToString("c", CultureInfo.InvariantCulture)}."
            : "Write it as hh:mm:ss, or as d.hh:mm:ss with days, for instance 00:15:00.";

    private static TimeSpan? WithUnit(string value) =>
        NumberWithUnit().Match(value) is { Success: true } match
            ? match.Groups["unit"].Value.ToLowerInvariant() switch
            {
                "s" => Seconds(match.Groups["number"].Value, 1),
                "m" => Seconds(match.Groups["number"].Value, 60),
                "h" => Seconds(match.Groups["number"].Value, 3600),
                _ => Seconds(match.Groups["number"].Value, 86400),
            }
            : null;

    // At most ten years.
    private static TimeSpan? Seconds(string number, int unit) =>
        int.TryParse(number, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var count)
        && (long)count * unit is > 0 and < 315_360_000
            ? TimeSpan.FromSeconds((long)count * unit)
            : null;

    [GeneratedRegex(@"^\s*\d+\s*$")]
    private static partial Regex BareNumber();

    [GeneratedRegex(
        @"^\s*(?<number>\d+)\s*((?<unit>s)(ecs?|econds?)?|(?<unit>m)(ins?|inutes?)?|(?<unit>h)(ours?|rs?)?|(?<unit>d)(ays?)?)\s*$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture
    )]
    private static partial Regex NumberWithUnit();
}
