using McpOidc.Configuration;
using McpOidc.Registration.Stateless;
using McpOidc.Storage;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Returns the same client id to installations that repeatedly register the same metadata (mcphub#1174: 42 identical rows). Only if that
/// is safe: the client has no secret, all redirect URIs are https, and a real user at that address has used the registration. With a
/// loopback or private-scheme URI, another program on the device could use a consent given to the first.
/// </summary>
internal sealed class SharedClients(
    RecordStore records,
    RegisteredClients registered,
    IOptions<RegistrationOptions> options,
    TimeProvider clock
)
{
    private static readonly TimeSpan s_surelyOwn = TimeSpan.FromDays(1);

    /// <summary>The registration that a new one with these metadata can share.</summary>
    /// <returns>The client, and its record, which must be replaced to mark it as shared.</returns>
    public async ValueTask<(ClientRecord Client, Versioned<ClientRecord> Record)?> FindAsync(
        ClientMetadata metadata,
        CancellationToken cancellationToken
    )
    {
        if (!IsEligible(metadata))
        {
            return null;
        }

        var kept = StatelessFormat.Keep(metadata).Hash();
        return await FindAsync(kept, cancellationToken)
            ?? (metadata.Hash() is var whole && whole != kept ? await FindAsync(whole, cancellationToken) : null);
    }

    // Looked up like the client itself would be: a blocked or expired one is not shared.
    private async ValueTask<(ClientRecord, Versioned<ClientRecord>)?> FindAsync(string metadataHash, CancellationToken cancellationToken) =>
        await records.GetAsync(ServerKeys.SharedClient, metadataHash, cancellationToken) is { } shared
        && await registered.FindAsync(shared.Value.ClientId, cancellationToken) is { } client
        && client.MetadataHash == metadataHash
        && registered.MakesNew(client)
        && await records.RecallAsync(ServerKeys.Client, client.Id, cancellationToken) is { } record
            ? (client, record)
            : null;

    /// <summary>Whether other installations may have the id although no record shows it: the store that had the record was lost, or the
    /// record has expired. The first to register could otherwise delete it for all of them.</summary>
    public bool MayBeOfOthers(ClientRecord client) =>
        client.SharedSince is not null
        || (client.IsStateless && IsEligible(client.Metadata) && clock.GetUtcNow() - client.CreatedAt > s_surelyOwn);

    /// <summary>Records that a registration is in use, once tokens were issued to it.</summary>
    public async Task OfferAsync(ClientRecord client, CancellationToken cancellationToken)
    {
        if (IsEligible(client.Metadata))
        {
            // The first one is kept; a later one is used by its own installation only.
            await records.AddAsync(
                ServerKeys.SharedClient,
                client.MetadataHash,
                new SharedClientRecord(client.ClientId),
                clock.GetUtcNow() + options.Value.IdleLifetime,
                cancellationToken
            );
        }
    }

    private bool IsEligible(ClientMetadata metadata) =>
        options.Value.ReuseIdentical
        && metadata.TokenEndpointAuthMethod == "none"
        && metadata.RedirectUris is { Length: > 0 } uris
        && uris.All(uri => RedirectUri.Read(uri)?.Kind == RedirectUriKind.Https);
}

/// <summary>The registration shared by all with the same metadata.</summary>
internal sealed record SharedClientRecord(string ClientId);
