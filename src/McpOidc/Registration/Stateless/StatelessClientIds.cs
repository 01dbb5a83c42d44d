using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using McpOidc.Configuration;
using McpOidc.Token;

namespace McpOidc.Registration.Stateless;

/// <summary>Creates and reads client ids that contain a whole registration, authenticated (RFC 7591 appendix A.5.2).</summary>
internal sealed class StatelessClientIds(RegistrationKeys keys, Issuer issuer, TimeProvider clock)
{
    private const int MaximumRead = 2048;

    // Cached: a request needs its client in several places, clients return, and the content of an id does not change.
    private readonly ConcurrentDictionary<string, StatelessClient> _read = new(StringComparer.Ordinal);

    /// <returns><see langword="null"/> if the registration does not fit, or there is no key: it must be stored.</returns>
    public NewClient? Create(ClientMetadata metadata)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var kept = StatelessFormat.Keep(metadata);
        if (keys.Current is not { } key || StatelessFormat.Write(kept, now, RandomNumberGenerator.GetBytes(8)) is not { } body)
        {
            return null;
        }

        var clientId = Base64Url.EncodeToString([StatelessFormat.Version, .. key.MacOf(issuer.Value, body), .. body]);
        var client = Describe(clientId, kept, now, key);
        return new NewClient(client, client.IsPublic ? null : key.SecretOf(clientId), key.ManagementTokenOf(clientId));
    }

    /// <summary>The registration in one of our ids; <see langword="null"/> for every other or invalid id.</summary>
    public StatelessClient? Read(string clientId)
    {
        if (_read.TryGetValue(clientId, out var known))
        {
            return known;
        }

        if (Decode(clientId) is not { } bytes || Verify(clientId, bytes) is not { } read)
        {
            return null;
        }

        if (_read.Count >= MaximumRead)
        {
            _read.Clear();
        }

        return _read[clientId] = read;
    }

    private StatelessClient? Verify(string clientId, byte[] bytes)
    {
        // All keys are tried, so that timing does not reveal which one matched.
        RegistrationKey? known = null;
        var isAccepted = false;
        foreach (var (key, counts) in keys.Accepted.Select(key => (key, true)).Concat(keys.Retired.Select(key => (key, false))))
        {
            var mac = key.MacOf(issuer.Value, bytes.AsSpan(1 + StatelessFormat.MacSize));
            if (CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(1, StatelessFormat.MacSize)) && known is null)
            {
                (known, isAccepted) = (key, counts);
            }
        }

        return known is not null && StatelessFormat.Read(bytes.AsSpan(1 + StatelessFormat.MacSize)) is { } read
            ? new StatelessClient(Describe(clientId, read.Metadata, read.CreatedAt, known), known, isAccepted)
            : null;
    }

    // Only one form is valid: base64url has several for the same bytes.
    private static byte[]? Decode(string clientId)
    {
        if (!StatelessFormat.MayBe(clientId))
        {
            return null;
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(clientId.Length)];
        return
            Base64Url.DecodeFromChars(clientId, bytes, out _, out var written) == OperationStatus.Done
            && Base64Url.EncodeToString(bytes.AsSpan(0, written)) == clientId
            ? bytes[..written]
            : null;
    }

    private static ClientRecord Describe(string clientId, ClientMetadata metadata, DateTimeOffset createdAt, RegistrationKey key) =>
        new()
        {
            ClientId = clientId,
            Metadata = metadata,
            MetadataHash = metadata.Hash(),
            SecretHash = metadata.TokenEndpointAuthMethod == "none" ? null : OpaqueToken.Hash(key.SecretOf(clientId)),
            RegistrationTokenHash = OpaqueToken.Hash(key.ManagementTokenOf(clientId)),
            CreatedAt = createdAt,
            ExpiresAt = DateTimeOffset.MaxValue,
        };
}

/// <summary>A client with its registration in its id.</summary>
/// <param name="Client">The registration.</param>
/// <param name="Key">The key that authenticates it.</param>
/// <param name="IsAccepted">Whether ids with this key are valid before a user has signed in with them.</param>
internal sealed record StatelessClient(ClientRecord Client, RegistrationKey Key, bool IsAccepted);
