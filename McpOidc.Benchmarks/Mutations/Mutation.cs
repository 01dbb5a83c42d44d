using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace McpOidc.Benchmarks.Mutations;

/// <summary>One change of the source: a mistake that a programmer could make.</summary>
/// <param name="File">The file.</param>
/// <param name="Node">The changed node.</param>
/// <param name="What">A description.</param>
/// <param name="Switched">Wraps the mistake in a switch: takes the code, which may contain other switches, and the condition.</param>
internal sealed record Mutation(MutatedFile File, SyntaxNode Node, string What, Func<string, string, string> Switched)
{
    private static readonly string[] s_times = ["At", "Expires", "Lifetime", "End", "Followed", "Tolerance", "expires", "notBefore"];
    private const string NotExpired = " AND expires_at > $now";

    private static readonly Dictionary<SyntaxKind, string> s_others = new()
    {
        [SyntaxKind.EqualsExpression] = "!=",
        [SyntaxKind.NotEqualsExpression] = "==",
        [SyntaxKind.LessThanExpression] = "<=",
        [SyntaxKind.LessThanOrEqualExpression] = "<",
        [SyntaxKind.GreaterThanExpression] = ">=",
        [SyntaxKind.GreaterThanOrEqualExpression] = ">",
    };

    // With a running clock, a test cannot distinguish "until" from "before".
    private static readonly Dictionary<SyntaxKind, string> s_othersOfTimes = new()
    {
        [SyntaxKind.LessThanExpression] = ">",
        [SyntaxKind.LessThanOrEqualExpression] = ">",
        [SyntaxKind.GreaterThanExpression] = "<",
        [SyntaxKind.GreaterThanOrEqualExpression] = "<",
        [SyntaxKind.AddExpression] = "-",
        [SyntaxKind.SubtractExpression] = "+",
    };

    /// <summary>Whether it needs the original code, and so precedes other mutations of the same node.</summary>
    public bool TakesApart { get; private init; }

    public int Line => Node.GetLocation().GetLineSpan().StartLinePosition.Line + 1;

    /// <summary>All possible mutations of a file.</summary>
    public static IEnumerable<Mutation> In(MutatedFile file, SyntaxNode root) =>
        root.DescendantNodes().Where(IsCode).SelectMany(node => Of(file, node));

    public override string ToString() => $"{File.Path}:{Line} {What}: {Short(Node.ToString())}";

    private static IEnumerable<Mutation> Of(MutatedFile file, SyntaxNode node) =>
        node switch
        {
            BinaryExpressionSyntax binary when OtherOf(binary) is { } other && !Declares(binary) =>
            [
                new(file, binary, $"{binary.OperatorToken.Text} is {other}", (code, on) => $"({on} ? {With(code, other)} : {code})")
                {
                    TakesApart = true,
                },
            ],
            BinaryExpressionSyntax binary when binary.Kind() is SyntaxKind.LogicalAndExpression or SyntaxKind.LogicalOrExpression => new[]
            {
                binary.Left,
                binary.Right,
            }
                .Where(operand =>
                    !Declares(operand) && operand is not BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression }
                )
                .Select(operand =>
                    binary.IsKind(SyntaxKind.LogicalAndExpression)
                        ? new Mutation(file, operand, "not asked", (code, on) => $"({on} || ({code}))")
                        : new Mutation(file, operand, "not asked", (code, on) => $"(!{on} && ({code}))")
                ),
            ConditionalExpressionSyntax { Condition: var condition } when !Declares(condition) =>
            [
                new(file, condition, "the other way round", (code, on) => $"({on} ^ ({code}))"),
            ],
            IfStatementSyntax { Condition: var condition } when !Declares(condition) =>
            [
                new(file, condition, "the other way round", (code, on) => $"({on} ^ ({code}))"),
            ],
            LiteralExpressionSyntax literal
                when literal.Kind() is SyntaxKind.TrueLiteralExpression or SyntaxKind.FalseLiteralExpression
                    && literal.Parent is not ConstantPatternSyntax => [new(file, literal, "the other", (code, on) => $"({on} ^ {code})")],
            LiteralExpressionSyntax literal when literal.Token.ValueText.Contains(NotExpired, StringComparison.Ordinal) =>
            [
                new(
                    file,
                    literal,
                    "also what has expired",
                    (code, on) => $"({on} ? {code.Replace(NotExpired, " AND $now > 0", StringComparison.Ordinal)} : {code})"
                ),
            ],
            ExpressionStatementSyntax { Parent: BlockSyntax } statement when IsCall(statement.Expression) =>
            [
                new(file, statement, "left out", (code, on) => $"if (!{on}) {code}"),
            ],
            _ => [],
        };

    private static string? OtherOf(BinaryExpressionSyntax binary) =>
        (IsAboutTime(binary) && s_othersOfTimes.TryGetValue(binary.Kind(), out var other)) || s_others.TryGetValue(binary.Kind(), out other)
            ? other
            : null;

    private static bool IsAboutTime(BinaryExpressionSyntax binary) =>
        binary
            .DescendantTokens()
            .Any(token =>
                token.ValueText is "now" or "skew" or "GetUtcNow" or "GetElapsedTime"
                || s_times.Any(ending => token.ValueText.EndsWith(ending, StringComparison.Ordinal))
            );

    // Operands may contain switches.
    private static string With(string code, string other)
    {
        var binary = (BinaryExpressionSyntax)SyntaxFactory.ParseExpression(code);
        return $"{binary.Left} {other} {binary.Right}";
    }

    // Logging, tracing and metrics are covered by other tests.
    private static bool IsCall(ExpressionSyntax expression) =>
        (expression is AwaitExpressionSyntax { Expression: var awaited } ? awaited : expression) is InvocationExpressionSyntax call
        && call.Expression.ToString() is var called
        && !called.StartsWith("Log", StringComparison.Ordinal)
        && !called.StartsWith("trail.", StringComparison.Ordinal)
        && !called.StartsWith("metrics.", StringComparison.Ordinal);

    private static bool IsCode(SyntaxNode node) =>
        !node.Ancestors()
            .Any(ancestor =>
                ancestor is AttributeSyntax or ParameterSyntax or SwitchLabelSyntax or PatternSyntax
                || (ancestor is FieldDeclarationSyntax field && field.Modifiers.Any(SyntaxKind.ConstKeyword))
                || (ancestor is LocalDeclarationStatementSyntax local && local.IsConst)
            );

    private static bool Declares(SyntaxNode node) => node.DescendantNodesAndSelf().Any(inner => inner is SingleVariableDesignationSyntax);

    private static string Short(string code) =>
        string.Join(' ', code.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries)) is var line && line.Length > 100
            ? line[..100] + "…"
            : line;
}
