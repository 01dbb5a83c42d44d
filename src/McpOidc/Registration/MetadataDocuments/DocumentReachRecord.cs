namespace McpOidc.Registration.MetadataDocuments;

/// <summary>What the last probe of all processes found: whether clients' documents can be had from here.</summary>
internal sealed record DocumentReachRecord
{
    public required DateTimeOffset ProbedAt { get; init; }

    /// <summary>Whether neither of the probed hosts gave anything.</summary>
    public bool IsCutOff { get; init; }
}
