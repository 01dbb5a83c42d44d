namespace McpOidc.Storage;

/// <summary>Settings of the store in a SQLite file, section <c>McpOidc:Sqlite</c>.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Sqlite";

    /// <summary>
    /// The database file; a relative path lies under the content root. Its directory is made when it is missing. The file must be on
    /// a local disk, not on a network share. Default: <c>.data/mcpoidc.db</c> under the content root.
    /// </summary>
    public string? Path { get; set; }
}
