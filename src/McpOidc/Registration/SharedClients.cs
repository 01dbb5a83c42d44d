using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Gives one client id to installations that register the same again and again (mcphub#1174: 42 identical rows). Only where that is safe:
/// the client has no secret, every answer goes to an https address, and somebody who really sits at that address has used the registration.
/// With a loopback or private-scheme address another program on the device could take over a consent that was given to the first.
/// </summary>
internal sealed class SharedClients(RecordStore records, IOptions<RegistrationOptions> options, TimeProvider clock)
{
    /// <summary>The registration that a new one with these metadata can share.</summary>
    public async ValueTask<Versioned<ClientRecord>?> FindAsync(ClientMetadata metadata, CancellationToken cancellationToken) =>
        IsEligible(metadata)
        && await records.GetAsync(ServerKeys.SharedClient, metadata.Hash(), cancellationToken) is { } shared
        && await records.GetAsync(ServerKeys.Client, shared.Value.ClientId, cancellationToken) is { } client
        && client.Value.MetadataHash == metadata.Hash()
            ? client
            : null;

    /// <summary>Notes that a registration is in use, once tokens were issued to it.</summary>
    public async Task OfferAsync(ClientRecord client, CancellationToken cancellationToken)
    {
        if (IsEligible(client.Metadata))
        {
            // The first one stays; a later one is used by its own installation only.
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

/// <summary>Which registration stands for all with the same metadata.</summary>
internal sealed record SharedClientRecord(string ClientId);
