using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace McpOidc.Testing.Storage;

/// <summary>Assertions independent of any test framework, so that the contract runs in all of them.</summary>
internal static class Assert
{
    public static void True([DoesNotReturnIf(false)] bool holds, [CallerArgumentExpression(nameof(holds))] string? expression = null)
    {
        if (!holds)
        {
            throw new StoreContractException($"Expected: {expression}.");
        }
    }

    public static void False([DoesNotReturnIf(true)] bool holds, [CallerArgumentExpression(nameof(holds))] string? expression = null)
    {
        if (holds)
        {
            throw new StoreContractException($"Not expected: {expression}.");
        }
    }

    public static void DoesNotContain<T>(T unwanted, IEnumerable<T> values) => False(values.Contains(unwanted), $"it contains {unwanted}");

    public static void Null(object? value, [CallerArgumentExpression(nameof(value))] string? expression = null) =>
        True(value is null, $"{expression} is null");

    public static void NotNull([NotNull] object? value, [CallerArgumentExpression(nameof(value))] string? expression = null)
    {
        if (value is null)
        {
            throw new StoreContractException($"Expected: {expression} is not null.");
        }
    }

    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string? expression = null) =>
        True(AreEqual(expected, actual), $"{expression} is {Written(expected)} (it is {Written(actual)})");

    public static void Equal<T>(
        IEnumerable<T> expected,
        IEnumerable<T> actual,
        [CallerArgumentExpression(nameof(actual))] string? expression = null
    )
    {
        var (wanted, found) = (expected.ToList(), actual.ToList());
        True(wanted.SequenceEqual(found), $"{expression} is [{string.Join(", ", wanted)}] (it is [{string.Join(", ", found)}])");
    }

    public static void Equal(ReadOnlyMemory<byte> expected, ReadOnlyMemory<byte> actual) =>
        True(expected.Span.SequenceEqual(actual.Span), "the bytes come back as they were written");

    public static void NotEqual<T>(T other, T actual, [CallerArgumentExpression(nameof(actual))] string? expression = null) =>
        False(EqualityComparer<T>.Default.Equals(other, actual), $"{expression} is '{other}'");

    public static void Empty<T>(IEnumerable<T> values, [CallerArgumentExpression(nameof(values))] string? expression = null) =>
        Equal([], values, expression);

    public static T Single<T>(IEnumerable<T> values, [CallerArgumentExpression(nameof(values))] string? expression = null) =>
        Single(values, _ => true, expression);

    public static T Single<T>(
        IEnumerable<T> values,
        Func<T, bool> which,
        [CallerArgumentExpression(nameof(values))] string? expression = null
    )
    {
        var found = values.Where(which).ToList();
        Equal(1, found.Count, $"the number of {expression}");
        return found[0];
    }

    public static void InRange(int value, int low, int high) => True(value >= low && value <= high, $"{value} is within {low} to {high}");

    public static void All<T>(IEnumerable<T> values, Action<T> check)
    {
        foreach (var value in values)
        {
            check(value);
        }
    }

    public static async Task ThrowsAnyAsync<TException>(Func<Task> action)
        where TException : Exception
    {
        try
        {
            await action();
        }
        catch (TException)
        {
            return;
        }

        throw new StoreContractException($"Expected: a {typeof(TException).Name} is thrown.");
    }

    private static string Written<T>(T value) =>
        value is IEnumerable values and not string ? $"[{string.Join(", ", values.Cast<object?>().Take(20))}]" : $"'{value}'";

    private static bool AreEqual<T>(T expected, T actual) =>
        expected is IEnumerable wanted and not string && actual is IEnumerable found
            ? wanted.Cast<object?>().SequenceEqual(found.Cast<object?>())
            : EqualityComparer<T>.Default.Equals(expected, actual);
}
