namespace McpOidc.Keys;

/// <summary>The stored key ring. The first key signs; all of them are published.</summary>
internal sealed record SigningKeySet
{
    public required SigningKeyRecord[] Keys { get; init; }
}

/// <summary>One signing key.</summary>
internal sealed record SigningKeyRecord
{
    /// <summary>The private JSON Web Key (RFC 7517).</summary>
    public required string Jwk { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}
