using McpOidc.Configuration;
using McpOidc.Registration;
using Microsoft.Extensions.Options;

namespace McpOidc.Authorization;

/// <summary>
/// Step-up: a client that is answered 403 <c>insufficient_scope</c> asks the person again (MCP 2025-11-25). Those of
/// <c>McpOidc:Registration:AskForAllScopesAtOnce</c> do not, and ask at their first sign-in for all that they may ever need.
/// </summary>
internal sealed class StepUp(IOptions<RegistrationOptions> options)
{
    /// <summary>Whether a client comes back for more. A name is what it says of itself: the person decides either way, and sees
    /// more.</summary>
    public bool IsMadeBy(ClientRecord client) =>
        !options.Value.AskForAllScopesAtOnce.Any(named =>
            named.Equals(client.Metadata.ClientName, StringComparison.OrdinalIgnoreCase) || named == client.ClientId
        );
}
