namespace McpOidc.Registration.MetadataDocuments;

/// <summary>What is known of the document at a URL: the client that it describes, or why there is none.</summary>
internal sealed record ClientDocumentRecord
{
    public required string ClientId { get; init; }

    /// <summary>The client; absent when the last fetch failed and no earlier copy may stand in.</summary>
    public ClientRecord? Client { get; init; }
    public string? EntityTag { get; init; }

    /// <summary>Whether the client is that of a document which came with the package, because there is no way to its host.</summary>
    public bool IsShipped { get; init; }

    /// <summary>Until then nothing is fetched, after success and failure alike.</summary>
    public required DateTimeOffset FetchAgainAt { get; init; }

    /// <summary>Until then the copy stands in while the host fails; also the end of the record.</summary>
    public required DateTimeOffset UsableUntil { get; init; }

    /// <summary>Why there is no client.</summary>
    public string? Problem { get; init; }
    public bool IsProblemTemporary { get; init; }
}
