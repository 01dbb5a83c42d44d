using McpOidc.Hosting;

namespace McpOidc;

/// <summary>
/// The scopes that a caller of an MCP tool needs. Apply it to a tool's method, or to the class for all its tools; both are combined.
/// <para>
/// A call that lacks one gets 403 <c>insufficient_scope</c> before the tool runs, with a challenge that names all scopes of the call (RFC
/// 6750 §3.1), so that the client can request them. Some clients do not, and cannot use the tool: list them in
/// <c>McpOidc:Registration:AskForAllScopesAtOnce</c> (<c>docs/scopes.md</c>). The authorization server publishes the scopes, and the
/// consent page shows the tools that each grants access to. Tools remain visible in <c>tools/list</c>.
/// </para>
/// </summary>
/// <param name="scopes">At least one scope, without spaces (RFC 6749 §3.3).</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequireScopesAttribute(params string[] scopes) : Attribute, IProtectedEndpoint
{
    /// <summary>The scopes, all of which are required.</summary>
    public IReadOnlyList<string> Scopes { get; } = scopes;

    bool IProtectedEndpoint.IsStrict => true;
}
