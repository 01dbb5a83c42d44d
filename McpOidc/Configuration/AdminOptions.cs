namespace McpOidc.Configuration;

/// <summary>Settings of what an operator does over HTTP, section <c>McpOidc:Admin</c>.</summary>
public sealed class AdminOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Admin";

    /// <summary>
    /// The key that operators send as bearer token to <c>/admin</c>, a secret of at least 32 characters. Without it, which is the default, there
    /// is nothing at <c>/admin</c>; the same is done by the commands of <c>McpOidc.AuthServer</c>.
    /// </summary>
    public string? Key { get; set; }
}
