using McpOidc.Configuration;
using McpOidc.Registration;
using Microsoft.Extensions.Options;

namespace McpOidc.Authorization;

/// <summary>
/// Step-up: a client that gets 403 <c>insufficient_scope</c> asks the user again (MCP 2025-11-25). Clients in
/// <c>McpOidc:Registration:AskForAllScopesAtOnce</c> do not; they request everything that they may ever need at the first sign-in.
/// </summary>
internal sealed class StepUp(IOptions<RegistrationOptions> options)
{
    /// <summary>Whether a client requests more scopes later. The client chooses its own name, but the user decides in any case, and sees
    /// more.</summary>
    public bool IsMadeBy(ClientRecord client) =>
        !options.Value.AskForAllScopesAtOnce.Any(named =>
            named.Equals(client.Metadata.ClientName, StringComparison.OrdinalIgnoreCase) || named == client.ClientId
        );
}
