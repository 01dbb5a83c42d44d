using McpOidc.Hosting;

namespace McpOidc;

/// <summary>
/// The scopes that a caller of an MCP tool needs. Put it on the method of a tool, or on the class for all tools in it; both add up.
/// <para>
/// A call without one of them is answered 403 <c>insufficient_scope</c> before the tool runs, with a challenge that names all scopes of the
/// call (RFC 6750 §3.1), so that the client can ask for them. Some clients do not, and
/// for them the tool is a dead end: <c>McpOidc:Registration:AskForAllScopesAtOnce</c> names them (<c>docs/clients.md</c>). The scopes are
/// listed by the authorization server, and the consent page names the tools that each of them opens. Tools stay visible in
/// <c>tools/list</c>.
/// </para>
/// </summary>
/// <param name="scopes">At least one scope, without spaces (RFC 6749 §3.3).</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class, AllowMultiple = true)]
public sealed class RequireScopesAttribute(params string[] scopes) : Attribute, IProtectedEndpoint
{
    /// <summary>The scopes, all of which are needed.</summary>
    public IReadOnlyList<string> Scopes { get; } = scopes;
}
