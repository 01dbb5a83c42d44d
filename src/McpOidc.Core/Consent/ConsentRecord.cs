namespace McpOidc.Consent;

/// <summary>What a person allowed a client. Anything wider, another redirect URI, resource or changed client metadata asks again.</summary>
internal sealed record ConsentRecord
{
    /// <summary>The oldest decisions of a person are forgotten beyond this many; the client then asks again.</summary>
    private const int MaximumKept = 100;

    public required string ClientId { get; init; }
    public required string MetadataHash { get; init; }

    /// <summary>The redirect URI; of a loopback URI without the port, which changes with every start (RFC 8252 §7.3).</summary>
    public required string RedirectUri { get; init; }
    public required string Resource { get; init; }
    public required string[] Scopes { get; init; }
    public required DateTimeOffset GivenAt { get; init; }

    /// <summary>Whether it was given to a client, as it describes itself now, to be answered there.</summary>
    public bool IsFor(string clientId, string metadataHash, string redirectUri) =>
        ClientId == clientId && MetadataHash == metadataHash && RedirectUri == redirectUri;

    /// <summary>Whether this decision allows what is asked now.</summary>
    public bool Covers(ConsentRecord asked) =>
        IsFor(asked.ClientId, asked.MetadataHash, asked.RedirectUri) && Resource == asked.Resource && asked.Scopes.All(Scopes.Contains);

    /// <summary>Adds this decision to earlier ones. One about the same client, redirect URI and resource is widened by it.</summary>
    public ConsentRecord[] AddTo(ConsentRecord[] earlier)
    {
        var same = earlier.FirstOrDefault(known =>
            ClientId == known.ClientId && RedirectUri == known.RedirectUri && Resource == known.Resource
        );
        var merged = same is not null && same.MetadataHash == MetadataHash ? this with { Scopes = [.. same.Scopes.Union(Scopes)] } : this;
        return [.. earlier.Where(known => known != same).TakeLast(MaximumKept - 1), merged];
    }
}
