namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The cached result for a document URL: the client, or why there is none.</summary>
internal sealed record ClientDocumentRecord
{
    public required string ClientId { get; init; }

    /// <summary>The client; absent if the last fetch failed and no earlier copy may be used.</summary>
    public ClientRecord? Client { get; init; }
    public string? EntityTag { get; init; }

    /// <summary>Whether the client comes from a document in this package, because its host is unreachable.</summary>
    public bool IsShipped { get; init; }

    /// <summary>Until then nothing is fetched, after success and failure alike.</summary>
    public required DateTimeOffset FetchAgainAt { get; init; }

    /// <summary>Until then the copy is used while the host fails; also the record's expiry.</summary>
    public required DateTimeOffset UsableUntil { get; init; }

    /// <summary>Why there is no client.</summary>
    public string? Problem { get; init; }
    public bool IsProblemTemporary { get; init; }
}
