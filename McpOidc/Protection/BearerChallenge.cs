using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// Writes <c>WWW-Authenticate</c> (RFC 6750 §3, RFC 9728 §5.1): where the metadata is, which scopes the call needs, what was wrong. All from
/// configuration; the MCP SDK's own challenge follows the Host header and names no scope.
/// </summary>
internal sealed class BearerChallenge(IOptions<ProtectionOptions> options, ProtectedScopes known)
{
    private readonly string _metadataUrl = ProtectedResourceMetadata.UrlOf(options.Value.Resource);

    public string Write(HttpContext context, string? error = null, string? description = null, IEnumerable<string>? grantedScopes = null)
    {
        var required = (context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>()?.Scopes ?? []).Concat(RequestedTools.ScopesOf(context));
        var scopes = (error == "insufficient_scope" ? required : known.Base.Concat(required))
            .Concat(grantedScopes ?? [])
            // Between client and authorization server only (MCP 2026-07-28, Authorization).
            .Where(scope => scope != "offline_access")
            .Distinct(StringComparer.Ordinal);
        return "Bearer " + string.Join(", ", Parameters(error, description, string.Join(' ', scopes)));
    }

    /// <summary>
    /// The challenge to a request that was about a bound token (RFC 9449 §7.1). Others do not see it: clients that know Bearer only read the
    /// first challenge, or the last.
    /// </summary>
    public static string WriteDPoP(string? error, string? description)
        => $"DPoP error=\"{error}\", error_description=\"{description}\", algs=\"{string.Join(' ', AsymmetricAlgorithms.All)}\"";

    private IEnumerable<string> Parameters(string? error, string? description, string scope)
    {
        if (error is not null)
        {
            yield return $"error=\"{error}\"";
            yield return $"error_description=\"{description}\"";
        }

        yield return $"resource_metadata=\"{_metadataUrl}\"";
        if (scope.Length > 0)
        {
            yield return $"scope=\"{scope}\"";
        }
    }
}
