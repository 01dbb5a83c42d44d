using System.ComponentModel;
using ModelContextProtocol.Server;

namespace McpOidc.Tests.Protection;

/// <summary>Tools that require scopes, and one that does not.</summary>
[McpServerToolType]
public sealed class FileTools
{
    [McpServerTool(Name = "open_tool"), Description("Needs nothing.")]
    public static string Open() => "open";

    [McpServerTool(Name = "read_file", Title = "Read a file"), Description("Reads."), RequireScopes("files:read")]
    public static string Read() => "read";

    [
        McpServerTool(Name = "write_file", Title = "Write a file"),
        Description("Writes."),
        RequireScopes("files:write"),
        RequireScopes("files:read", "files:write")
    ]
    public static string Write() => "written";
}
