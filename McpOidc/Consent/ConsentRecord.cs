namespace McpOidc.Consent;

/// <summary>What a person allowed a client. Anything wider, another redirect URI, resource or changed client metadata asks again.</summary>
internal sealed record ConsentRecord
{
    public required string ClientId { get; init; }
    public required string MetadataHash { get; init; }

    /// <summary>The redirect URI; of a loopback URI without the port, which changes with every start (RFC 8252 §7.3).</summary>
    public required string RedirectUri { get; init; }
    public required string Resource { get; init; }
    public required string[] Scopes { get; init; }
    public required DateTimeOffset GivenAt { get; init; }
}
