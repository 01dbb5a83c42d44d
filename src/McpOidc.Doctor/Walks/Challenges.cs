using System.Text.RegularExpressions;
using McpOidc.Configuration;

namespace McpOidc.Doctor.Walks;

/// <summary>What clients read from a challenge and from a resource's metadata.</summary>
internal static partial class Challenges
{
    /// <summary>The metadata URL (RFC 9728 §5.1), or <see langword="null"/>.</summary>
    public static string? MetadataUrlIn(string? challenge) =>
        challenge is not null && Parameter().Match(challenge) is { Success: true } match && UrlRules.TryRead(match.Groups[1].Value, out _)
            ? match.Groups[1].Value
            : null;

    /// <summary>Compares like the TypeScript SDK: same origin, and the entered URL must start with the path in the metadata.</summary>
    public static bool Fits(string typed, string? named)
    {
        if (!UrlRules.TryRead(typed, out var asked) || !UrlRules.TryRead(named, out var known))
        {
            return false;
        }

        return asked.GetLeftPart(UriPartial.Authority) == known.GetLeftPart(UriPartial.Authority)
            && asked.AbsolutePath.Length >= known.AbsolutePath.Length
            && WithSlash(asked.AbsolutePath).StartsWith(WithSlash(known.AbsolutePath), StringComparison.Ordinal);
    }

    private static string WithSlash(string path) => path.EndsWith('/') ? path : path + "/";

    [GeneratedRegex("resource_metadata\\s*=\\s*\"?([^\",\\s]+)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
