using McpOidc.Authorization;
using McpOidc.Revocation;
using McpOidc.Sessions;
using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>The keys and indexes that both roles use. <c>docs/storage-schema.md</c> says what lies under each.</summary>
internal static class StoreKeys
{
    public static readonly RecordKind<GrantRecord> Grant = new("grant", () => StoreJson.Default.GrantRecord, Encrypted: false)
    {
        ExpiresAt = grant => grant.ExpiresAt,
        IndexesOf = IndexesOfGrant,
    };

    public static readonly RecordKind<UserRecord> User = new("user", () => StoreJson.Default.UserRecord, Encrypted: true)
    {
        ExpiresAt = user => user.ExpiresAt,
        IndexesOf = user => user.EmailIndex is { } index ? [OfEmail(index)] : [],
    };

    /// <summary>What a protected MCP server asks for, under the hash of its resource identifier.</summary>
    public static readonly RecordKind<PublishedScopes> ResourceScopes = new(
        "resource",
        () => StoreJson.Default.PublishedScopes,
        Encrypted: true
    );

    /// <summary>What ended lately, for MCP servers that follow it.</summary>
    public static readonly RecordKind<RevocationLog> RevocationLog = new(
        "revocations",
        () => StoreJson.Default.RevocationLog,
        Encrypted: false
    );

    /// <summary>The log is one record, so that following it is one read.</summary>
    public const string RevocationLogId = "log";

    /// <summary>The channel on which it is said that the log has grown.</summary>
    public const string RevocationSignal = "signal:revocations";

    /// <summary>The channel on which the id of a grant is told that was ended while the store took no writes.</summary>
    public const string UnstoredRevocation = "signal:unstored-revocations";

    /// <summary>A JWT that may be used once and was, under the hash of its id; nothing lies there.</summary>
    public static string UsedJwt(string hash) => $"used:{{{hash}}}";

    /// <summary>The root keys, each wrapped by the configured secrets.</summary>
    public const string RootKeys = "keys:{root}";

    /// <summary>Where Development keeps the secret that nobody configured. Outside Development it is never written.</summary>
    public const string DevelopmentSecret = "development-secret";

    /// <summary>Read to see whether the store answers; never written.</summary>
    public const string HealthProbe = "health-probe";

    /// <summary>Written and removed at once, to see whether the store takes writes: by the doctor, and by health after one
    /// failed.</summary>
    public static string WriteProbe(string id) => $"doctor-probe:{{{id}}}";

    /// <summary>A client id as part of a key: a URL, which strangers choose and which may be long, as its hash.</summary>
    public static string ClientPart(string clientId) => IsUrl(clientId) ? OpaqueToken.Hash(clientId) : clientId;

    /// <summary>Whether a client id means a metadata document, good or bad. No registered client has such an id.</summary>
    public static bool IsUrl(string clientId) =>
        clientId.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        || clientId.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The grants of one client, so that deleting the client ends them (RFC 7592 §2.3).</summary>
    public static string GrantsOfClient(string clientId) => $"index:client-grants:{{{ClientPart(clientId)}}}";

    /// <summary>The grants of one user and the browsers in which they are signed in, so that ending the user ends them.</summary>
    public static string OfUser(string subject) => $"index:user:{{{subject}}}";

    /// <summary>The grants and browsers that belong to one session at an identity provider.</summary>
    public static string OfProviderSession(string session) => $"index:provider-session:{{{session}}}";

    /// <summary>The people who signed in at one provider with one verified e-mail address.</summary>
    public static string OfEmail(string index) => $"index:user-email:{{{index}}}";

    private static string[] IndexesOfGrant(GrantRecord grant) =>
        [
            OfUser(grant.Subject),
            GrantsOfClient(grant.ClientId),
            .. grant.ProviderSession is { } session ? new[] { OfProviderSession(session) } : [],
        ];
}
