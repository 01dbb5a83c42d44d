using McpOidc.Authorization;
using McpOidc.Revocation;
using McpOidc.Sessions;
using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>The keys and indexes that both roles use; see <c>docs/storage-schema.md</c>.</summary>
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

    /// <summary>The scopes that a protected MCP server publishes, by the hash of its resource identifier.</summary>
    public static readonly RecordKind<PublishedScopes> ResourceScopes = new(
        "resource",
        () => StoreJson.Default.PublishedScopes,
        Encrypted: true
    );

    /// <summary>The recently ended grants, for MCP servers to follow.</summary>
    public static readonly RecordKind<RevocationLog> RevocationLog = new(
        "revocations",
        () => StoreJson.Default.RevocationLog,
        Encrypted: false
    );

    /// <summary>The log is one record, so that a single read follows it.</summary>
    public const string RevocationLogId = "log";

    /// <summary>The channel that announces new entries of the log.</summary>
    public const string RevocationSignal = "signal:revocations";

    /// <summary>The channel that announces the id of a grant that ended while the store accepted no writes.</summary>
    public const string UnstoredRevocation = "signal:unstored-revocations";

    /// <summary>A single-use JWT that was used, by the hash of its id; the record is empty.</summary>
    public static string UsedJwt(string hash) => $"used:{{{hash}}}";

    /// <summary>The root keys, each wrapped with the configured secrets.</summary>
    public const string RootKeys = "keys:{root}";

    /// <summary>The generated secret of Development. Outside Development it is never written.</summary>
    public const string DevelopmentSecret = "development-secret";

    /// <summary>Read to test whether the store responds; never written.</summary>
    public const string HealthProbe = "health-probe";

    /// <summary>Written and removed immediately, to test whether the store accepts writes: by the doctor, and by the health check after a
    /// failed write.</summary>
    public static string WriteProbe(string id) => $"doctor-probe:{{{id}}}";

    /// <summary>A client id as part of a key. A URL, which the client chooses and which may be long, is hashed.</summary>
    public static string ClientPart(string clientId) => IsUrl(clientId) ? OpaqueToken.Hash(clientId) : clientId;

    /// <summary>Whether a client id refers to a metadata document, valid or not. No registered client has such an id.</summary>
    public static bool IsUrl(string clientId) =>
        clientId.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        || clientId.StartsWith("http://", StringComparison.OrdinalIgnoreCase);

    /// <summary>The grants of one client, so that deleting the client ends them (RFC 7592 §2.3).</summary>
    public static string GrantsOfClient(string clientId) => $"index:client-grants:{{{ClientPart(clientId)}}}";

    /// <summary>A user's grants and browser sessions, so that ending the user ends them.</summary>
    public static string OfUser(string subject) => $"index:user:{{{subject}}}";

    /// <summary>The grants and browsers that belong to one session at an identity provider.</summary>
    public static string OfProviderSession(string session) => $"index:provider-session:{{{session}}}";

    /// <summary>The users who signed in at one provider with one verified e-mail address.</summary>
    public static string OfEmail(string index) => $"index:user-email:{{{index}}}";

    private static string[] IndexesOfGrant(GrantRecord grant) =>
        [
            OfUser(grant.Subject),
            GrantsOfClient(grant.ClientId),
            .. grant.ProviderSession is { } session ? new[] { OfProviderSession(session) } : [],
        ];
}
