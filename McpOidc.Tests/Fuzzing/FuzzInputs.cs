using System.Globalization;

namespace McpOidc.Tests.Fuzzing;

/// <summary>How many inputs each fuzz and property test generates: a few seconds' worth, or <c>MCPOIDC_FUZZ_INPUTS</c>.</summary>
internal static class FuzzInputs
{
    public const string Variable = "MCPOIDC_FUZZ_INPUTS";

    private static readonly int? s_asked = int.TryParse(
        Environment.GetEnvironmentVariable(Variable),
        NumberStyles.None,
        CultureInfo.InvariantCulture,
        out var asked
    )
        ? asked
        : null;

    /// <param name="usual">The count without the variable.</param>
    /// <param name="cost">The cost of one input, relative to a parser's.</param>
    public static int Count(int usual, int cost = 1) => s_asked is { } asked ? Math.Max(usual, asked / cost) : usual;
}
