using System.ComponentModel;
using System.Security.Claims;
using McpOidc;
using ModelContextProtocol.Server;

namespace ProtectExisting;

[McpServerToolType]
public sealed class NoteTools(Notes notes)
{
    [McpServerTool(Name = "list_notes", Title = "Read your notes", ReadOnly = true), Description("Lists the notes of the person.")]
    public string List(ClaimsPrincipal user) => string.Join('\n', notes.Of(PersonOf(user)));

    // A client that was not given notes:write is answered 403 with the scope, and asks the person for it.
    [McpServerTool(Name = "add_note", Title = "Write a note"), Description("Keeps a note for the person."), RequireScopes("notes:write")]
    public string Add(ClaimsPrincipal user, string text)
    {
        notes.Add(PersonOf(user), text);
        return "Kept.";
    }

    // Stable for a person, whichever client and however often they sign in.
    private static string PersonOf(ClaimsPrincipal user) => user.FindFirst("sub")!.Value;
}
