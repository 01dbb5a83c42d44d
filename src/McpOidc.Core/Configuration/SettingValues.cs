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
    /// <summary>Binds a section to options.</summary>
    /// <exception cref="OptionsValidationException">Some values cannot be read; it has one sentence for each.</exception>
    public static void Bind<TOptions>(IConfiguration section, string path, TOptions options)
        where TOptions : class
    {
        var problems = section
            .AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Value is not null && SettingNames.TypeOf(typeof(TOptions), pair.Key.Split(':')) is not null)
            .Select(pair => Problem($"{path}:{pair.Key}", SettingNames.TypeOf(typeof(TOptions), pair.Key.Split(':'))!, pair.Value!))
            .OfType<string>()
            .ToList();
        if (problems.Count > 0)
        {
            throw new OptionsValidationException(Options.DefaultName, typeof(TOptions), problems);
        }

        section.Bind(options);
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

        return CanRead(type, value) ? null : SettingProblem.Describe(setting, What(type), Remedy(type, value));
    }

    // As the configuration binder does.
    private static bool CanRead(Type type, string value)
    {
        try
        {
            _ = type == typeof(string) ? value : TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
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
