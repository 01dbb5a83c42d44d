namespace McpOidc.Storage;

/// <summary>Settings of the SQLite store, section <c>McpOidc:Sqlite</c>.</summary>
public sealed class SqliteStoreOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "McpOidc:Sqlite";

    /// <summary>
    /// The database file; a relative path is relative to the content root. A missing directory is created. The file must be on a local
    /// disk, not on a network share. Default: <c>.data/mcpoidc.db</c> under the content root.
    /// </summary>
    public string? Path { get; set; }
}
