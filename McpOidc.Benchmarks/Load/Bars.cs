using System.Globalization;

namespace McpOidc.Benchmarks.Load;

/// <summary>What the project has set itself for speed, and whether this run holds it.</summary>
internal sealed class Bars
{
    private const string Head = """

        | bar | what | figure | has to be | |
        |---:|---|---:|---:|---|
        """;

    private readonly List<(int Number, string Line)> _lines = [];

    /// <param name="number">Of the bar.</param>
    /// <param name="what">Is measured, with its unit.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="limit">What it may be at most.</param>
    public void AtMost(int number, string what, double figure, double limit) =>
        Add(number, what, figure, "at most", limit, figure <= limit);

    /// <param name="number">Of the bar.</param>
    /// <param name="what">Is measured, with its unit.</param>
    /// <param name="figure">The figure.</param>
    /// <param name="limit">What it has to be at least.</param>
    public void AtLeast(int number, string what, double figure, double limit) =>
        Add(number, what, figure, "at least", limit, figure >= limit);

    /// <param name="number">Of the bar.</param>
    /// <param name="what">Was not measured.</param>
    /// <param name="setting">With which it is.</param>
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

    // What is not a number holds nothing.
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
