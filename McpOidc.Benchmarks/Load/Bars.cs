using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>The project's performance limits, and whether this run meets them.</summary>
internal sealed class Bars
{
    private const string Head = """

        | bar | what | figure | has to be | |
        |---:|---|---:|---:|---|
        """;

    private readonly List<(int Number, string Line)> _lines = [];

    /// <param name="number">The number of the limit.</param>
    /// <param name="what">What is measured, with its unit.</param>
    /// <param name="figure">The measured value.</param>
    /// <param name="limit">The maximum.</param>
    public void AtMost(int number, string what, double figure, double limit) =>
        Add(number, what, figure, "at most", limit, figure <= limit);

    /// <param name="number">The number of the limit.</param>
    /// <param name="what">What is measured, with its unit.</param>
    /// <param name="figure">The measured value.</param>
    /// <param name="limit">The minimum.</param>
    public void AtLeast(int number, string what, double figure, double limit) =>
        Add(number, what, figure, "at least", limit, figure >= limit);

    /// <param name="number">The number of the limit.</param>
    /// <param name="what">What was not measured.</param>
    /// <param name="setting">The setting that enables the measurement.</param>
    public void NotMeasured(int number, string what, string setting) =>
        _lines.Add((number, $"| {number} | {what} | – | – | not measured ({setting}) |"));

    public void Print()
    {
        Console.WriteLine(Head);
        foreach (var (_, line) in _lines.OrderBy(line => line.Number))
        {
            Console.WriteLine(line);
        }
    }

    // NaN fails every limit.
    private void Add(int number, string what, double figure, string side, double limit, bool held) =>
        _lines.Add(
            (
                number,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {number} | {what} | {figure:#,0.###} | {side} {limit:#,0.###} | {(held ? "held" : "**missed**")} |"
                )
            )
        );
}
