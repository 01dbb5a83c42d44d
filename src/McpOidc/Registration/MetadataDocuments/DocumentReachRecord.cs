namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The shared result of the last probe: whether clients' documents can be fetched.</summary>
internal sealed record DocumentReachRecord
{
    public required DateTimeOffset ProbedAt { get; init; }

    /// <summary>Whether both probed hosts were unreachable.</summary>
    public bool IsCutOff { get; init; }
}
