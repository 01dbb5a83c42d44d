using McpOidc.Keys;

namespace McpOidc.Protection;

/// <summary>
/// Writes <c>WWW-Authenticate</c> (RFC 6750 §3, RFC 9728 §5.1): the metadata URL, the scopes that the call needs, and the error, all from
/// configuration. The MCP SDK's own challenge uses the Host header and names no scope.
/// </summary>
internal static class BearerChallenge
{
    public static string Write(ProtectedResource resource, IEnumerable<string> scopes, string? error = null, string? description = null)
    {
        // offline_access concerns only the client and the authorization server (MCP 2026-07-28, Authorization).
        var named = scopes.Where(scope => scope != "offline_access").Distinct(StringComparer.Ordinal);
        return "Bearer " + string.Join(", ", Parameters(resource, error, description, string.Join(' ', named)));
    }

    /// <summary>
    /// The challenge for a request with a bound token (RFC 9449 §7.1). Other requests do not get it: clients that support only Bearer read
    /// the first or the last challenge.
    /// </summary>
    public static string WriteDPoP(string? error, string? description) =>
        $"DPoP error=\"{error}\", error_description=\"{description}\", algs=\"{string.Join(' ', AsymmetricAlgorithms.All)}\"";

    private static IEnumerable<string> Parameters(ProtectedResource resource, string? error, string? description, string scope)
    {
        if (error is not null)
        {
            yield return $"error=\"{error}\"";
            yield return $"error_description=\"{description}\"";
        }

        yield return $"resource_metadata=\"{resource.MetadataUrl}\"";
        if (scope.Length > 0)
        {
            yield return $"scope=\"{scope}\"";
        }
    }
}
