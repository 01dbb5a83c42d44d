namespace McpOidc.SignIn.Rules;

/// <summary>Patterns in which <c>*</c> matches any characters, and everything else matches itself.</summary>
internal static class Glob
{
    public static bool Matches(string pattern, string value)
    {
        var parts = pattern.Split('*');
        if (parts is [var whole])
        {
            return whole == value;
        }

        var rest = value.AsSpan();
        if (!rest.StartsWith(parts[0], StringComparison.Ordinal))
        {
            return false;
        }

        rest = rest[parts[0].Length..];
        foreach (var part in parts[1..^1])
        {
            var found = rest.IndexOf(part, StringComparison.Ordinal);
            if (found < 0)
            {
                return false;
            }

            rest = rest[(found + part.Length)..];
        }

        return rest.EndsWith(parts[^1], StringComparison.Ordinal);
    }
}
