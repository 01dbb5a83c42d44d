using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace McpOidc.AppHost.Tests.Mutations;

/// <summary>One possible mistake in the AppHost.</summary>
/// <param name="Tree">The file.</param>
/// <param name="Node">The node to change.</param>
/// <param name="Replacement">Its replacement.</param>
internal sealed record Mutation(SyntaxTree Tree, SyntaxNode Node, SyntaxNode Replacement)
{
    // Variables of AppHost.cs that are easy to confuse.
    private static readonly string[][] s_alike =
    [
        ["auth", "mcp"],
        ["issuer", "resource"],
        ["secret", "operatorKey", "clientSecret"],
    ];

    /// <summary>All possible mutations of the sources, in source order.</summary>
    public static IEnumerable<Mutation> In(AppHostSource source) =>
        source.Written.SelectMany(tree =>
            tree.GetRoot()
                .DescendantNodes()
                .SelectMany(node => Replacements(node).Select(replacement => new Mutation(tree, node, replacement)))
        );

    /// <summary>Compiles it.</summary>
    public AppHostProgram? Compile(AppHostSource source) => source.Compile(Tree, Tree.GetRoot().ReplaceNode(Node, Replacement));

    public override string ToString() =>
        $"{Path.GetFileName(Tree.FilePath)}:{Tree.GetLineSpan(Node.Span).StartLinePosition.Line + 1}: {Shorten(Node)} → "
        + $"{Shorten(Replacement)}";

    private static IEnumerable<SyntaxNode> Replacements(SyntaxNode node) =>
        node switch
        {
            // Drops a reference, wait, variable, health check, command, icon …
            InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call } => [call.Expression],
            ExpressionStatementSyntax statement => [SyntaxFactory.EmptyStatement().WithTriviaFrom(statement)],
            LiteralExpressionSyntax literal => Literals(literal),
            InterpolatedStringTextSyntax text when text.TextToken.ValueText.Trim().Length > 0 =>
            [
                SyntaxFactory.InterpolatedStringText(
                    SyntaxFactory.Token(
                        default,
                        SyntaxKind.InterpolatedStringTextToken,
                        text.TextToken.Text + "x",
                        text.TextToken.ValueText + "x",
                        default
                    )
                ),
            ],
            IdentifierNameSyntax { Parent: ArgumentSyntax or MemberAccessExpressionSyntax } name => Names(name),
            IfStatementSyntax condition => [condition.WithCondition(SyntaxFactory.ParseExpression($"!({condition.Condition})"))],
            ConditionalExpressionSyntax either when !either.Condition.IsKind(SyntaxKind.IsPatternExpression) =>
            [
                either.WithWhenTrue(either.WhenFalse).WithWhenFalse(either.WhenTrue),
            ],
            _ => [],
        };

    private static IEnumerable<SyntaxNode> Literals(LiteralExpressionSyntax literal) =>
        literal.Kind() switch
        {
            SyntaxKind.StringLiteralExpression when literal.Token.ValueText.Length > 0 =>
            [
                SyntaxFactory.ParseExpression(SyntaxFactory.Literal(literal.Token.ValueText + "x").Text),
            ],
            SyntaxKind.NumericLiteralExpression => [SyntaxFactory.ParseExpression($"({literal.Token.Text} + 1)")],
            SyntaxKind.TrueLiteralExpression => [SyntaxFactory.ParseExpression("false")],
            SyntaxKind.FalseLiteralExpression => [SyntaxFactory.ParseExpression("true")],
            _ => [],
        };

    private static IEnumerable<SyntaxNode> Names(IdentifierNameSyntax name)
    {
        var word = name.Identifier.ValueText;
        foreach (var other in s_alike.Where(words => words.Contains(word)).SelectMany(words => words).Where(other => other != word))
        {
            yield return SyntaxFactory.IdentifierName(other).WithTriviaFrom(name);
        }

        if (name.Parent is ArgumentSyntax && s_alike[2].Contains(word))
        {
            // A secret in plain text.
            yield return SyntaxFactory.ParseExpression("\"in-plain-text\"");
        }
    }

    private static string Shorten(SyntaxNode node)
    {
        var text = string.Join(' ', node.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Length > 100 ? $"{text[..40]} … {text[^50..]}" : text;
    }
}
