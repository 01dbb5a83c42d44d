using System.ComponentModel;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Reads the values of a section, and says of each that cannot be read what it has to look like. Values may be secrets and are
/// not repeated.</summary>
internal static partial class SettingValues
{
    /// <summary>Binds a section to options.</summary>
    /// <exception cref="OptionsValidationException">Values cannot be read: one sentence for each.</exception>
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

        // To .NET a bare number is so many days: nobody who writes 900 means that.
        if (type == typeof(TimeSpan) && BareNumber().IsMatch(value) && value.AsSpan().Trim().Trim('0').Length > 0)
        {
            return SettingProblem.Describe(setting, "is a number without a unit", Write(Seconds(value, 1)));
        }

        return CanRead(type, value) ? null : SettingProblem.Describe(setting, What(type), Remedy(type, value));
    }

    // As the binder does.
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
        : type == typeof(bool) ? "is neither true nor false"
        : type.IsEnum ? "has a value that it cannot have"
        : IsNumber(type) ? "is not a number that it can have"
        : "has a value of the wrong kind";

    private static string Remedy(Type type, string value) =>
        type == typeof(TimeSpan) ? Write(WithUnit(value))
        : type == typeof(bool) ? "Write true or false."
        : type.IsEnum ? $"Write one of {string.Join(", ", Enum.GetNames(type))}."
        : IsNumber(type) ? "Write a whole number in digits."
        : "docs/configuration.md says what it looks like.";

    private static bool IsNumber(Type type) => type.IsPrimitive || type == typeof(decimal);

    private static string Write(TimeSpan? meant) =>
        meant is { } span
            ? $"Write it as hh:mm:ss, or d.hh:mm:ss with days: {span.ToString("c", CultureInfo.InvariantCulture)}, for instance."
            : "Write it as hh:mm:ss, or d.hh:mm:ss with days: 00:15:00, for instance.";

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

    // No further than ten years.
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
