using System.ComponentModel;
using System.Security.Claims;
using McpOidc;
using ModelContextProtocol.Server;

namespace ProtectExisting;

[McpServerToolType]
public sealed class NoteTools(Notes notes)
{
    [McpServerTool(Name = "list_notes", Title = "Read your notes", ReadOnly = true), Description("Lists the user's notes.")]
    public string List(ClaimsPrincipal user) => string.Join('\n', notes.Of(PersonOf(user)));

    // A client without notes:write gets 403 with the scope, and asks the user for it.
    [McpServerTool(Name = "add_note", Title = "Write a note"), Description("Saves a note for the user."), RequireScopes("notes:write")]
    public string Add(ClaimsPrincipal user, string text)
    {
        notes.Add(PersonOf(user), text);
        return "Kept.";
    }

    // Always the same for a user, in every client.
    private static string PersonOf(ClaimsPrincipal user) => user.FindFirst("sub")!.Value;
}
