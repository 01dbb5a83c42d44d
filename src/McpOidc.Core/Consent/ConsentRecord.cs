namespace McpOidc.Consent;

/// <summary>What a user has allowed a client. A wider request, another redirect URI or resource, or changed client metadata needs new
/// consent.</summary>
internal sealed record ConsentRecord
{
    /// <summary>The maximum number of decisions per user. Beyond it the oldest are removed, and those clients ask again.</summary>
    private const int MaximumKept = 100;

    public required string ClientId { get; init; }
    public required string MetadataHash { get; init; }

    /// <summary>The redirect URI; for a loopback URI without the port, which differs at every start (RFC 8252 §7.3).</summary>
    public required string RedirectUri { get; init; }
    public required string Resource { get; init; }
    public required string[] Scopes { get; init; }
    public required DateTimeOffset GivenAt { get; init; }

    /// <summary>Whether it was given to the client with its current metadata and redirect URI.</summary>
    public bool IsFor(string clientId, string metadataHash, string redirectUri) =>
        ClientId == clientId && MetadataHash == metadataHash && RedirectUri == redirectUri;

    /// <summary>Whether this decision covers the current request.</summary>
    public bool Covers(ConsentRecord asked) =>
        IsFor(asked.ClientId, asked.MetadataHash, asked.RedirectUri) && Resource == asked.Resource && asked.Scopes.All(Scopes.Contains);

    /// <summary>Adds this decision to earlier ones, and merges it into one for the same client, redirect URI and resource.</summary>
    public ConsentRecord[] AddTo(ConsentRecord[] earlier)
    {
        var same = earlier.FirstOrDefault(known =>
            ClientId == known.ClientId && RedirectUri == known.RedirectUri && Resource == known.Resource
        );
        var merged = same is not null && same.MetadataHash == MetadataHash ? this with { Scopes = [.. same.Scopes.Union(Scopes)] } : this;
        return [.. earlier.Where(known => known != same).TakeLast(MaximumKept - 1), merged];
    }
}
