using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Revocation;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>Every key and index name that McpOidc uses. <c>docs/storage-schema.md</c> says what lies under each.</summary>
internal static class StoreKeys
{
    public static readonly RecordKind<ClientRecord> Client = new("client", () => StoreJson.Default.ClientRecord, Encrypted: false);
    public static readonly RecordKind<ClientDocumentRecord> ClientDocument = new(
        "client-document",
        () => StoreJson.Default.ClientDocumentRecord,
        Encrypted: false
    );
    public static readonly RecordKind<SharedClientRecord> SharedClient = new(
        "shared-client",
        () => StoreJson.Default.SharedClientRecord,
        Encrypted: false
    );
    public static readonly RecordKind<GrantRecord> Grant = new("grant", () => StoreJson.Default.GrantRecord, Encrypted: false)
    {
        ExpiresAt = grant => grant.ExpiresAt,
        IndexesOf = Grants.IndexesOf,
    };

    public static readonly RecordKind<TokenRecord> Token = new("token", () => StoreJson.Default.TokenRecord, Encrypted: true);
    public static readonly RecordKind<UserRecord> User = new("user", () => StoreJson.Default.UserRecord, Encrypted: true)
    {
        ExpiresAt = user => user.ExpiresAt,
    };

    public static readonly RecordKind<BrowserSessionRecord> BrowserSession = new(
        "browser",
        () => StoreJson.Default.BrowserSessionRecord,
        Encrypted: true
    );
    public static readonly RecordKind<Interaction> Interaction = new("interaction", () => StoreJson.Default.Interaction, Encrypted: true);
    public static readonly RecordKind<SigningKeySet> SigningKeys = new("keys", () => StoreJson.Default.SigningKeySet, Encrypted: true);

    /// <summary>What a protected MCP server asks for, under the hash of its resource identifier.</summary>
    public static readonly RecordKind<PublishedScopes> ResourceScopes = new(
        "resource",
        () => StoreJson.Default.PublishedScopes,
        Encrypted: true
    );

    /// <summary>What led to an error page, under the reference that the page shows.</summary>
    public static readonly RecordKind<TimelineRecord> Timeline = new("timeline", () => StoreJson.Default.TimelineRecord, Encrypted: true);

    /// <summary>What one process did lately, for operators.</summary>
    public static readonly RecordKind<AuditRecord> Audit = new("audit", () => StoreJson.Default.AuditRecord, Encrypted: true);

    /// <summary>The processes of which there is an <see cref="Audit"/> record.</summary>
    public const string AuditOfProcesses = "index:audit";

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

    /// <summary>The key ring is one record, so that a reader sees all keys or none.</summary>
    public const string SigningKeysId = "signing";

    /// <summary>The lease under which one process at a time refreshes a user's tokens at the identity provider.</summary>
    public static string RefreshLease(string subject) => $"lease:{{{subject}}}";

    /// <summary>A JWT that may be used once and was, under the hash of its id; nothing lies there.</summary>
    public static string UsedJwt(string hash) => $"used:{{{hash}}}";

    /// <summary>How far an interaction came that travels with the browser; nothing lies there.</summary>
    public static string TakenSteps(string interactionId) => $"taken:{{{interactionId}}}";

    /// <summary>What all processes have counted towards a limit in one window of time.</summary>
    public static string RateLimit(string limit, string hash, DateTimeOffset windowEnd) =>
        $"rate:{limit}:{{{hash}}}:{windowEnd.ToUnixTimeSeconds()}";

    /// <summary>The root keys, each wrapped by the configured secrets.</summary>
    public const string RootKeys = "keys:{root}";

    /// <summary>Where Development keeps the secret that nobody configured. Outside Development it is never written.</summary>
    public const string DevelopmentSecret = "development-secret";

    /// <summary>Read to see whether the store answers; never written.</summary>
    public const string HealthProbe = "health-probe";

    /// <summary>Written and removed at once by the doctor, to see whether the store takes writes.</summary>
    public static string DoctorProbe(string id) => $"doctor-probe:{{{id}}}";

    /// <summary>The lease under which one process at a time fetches a client's metadata document.</summary>
    public static string ClientDocumentLease(string url) => $"lease:client-document:{{{ClientPart(url)}}}";

    /// <summary>A client id as part of a key: a URL, which strangers choose and which may be long, as its hash.</summary>
    public static string ClientPart(string clientId) => ClientIdUrl.IsUrl(clientId) ? OpaqueToken.Hash(clientId) : clientId;

    /// <summary>The grants of one client, so that deleting the client ends them (RFC 7592 §2.3).</summary>
    public static string GrantsOfClient(string clientId) => $"index:client-grants:{{{ClientPart(clientId)}}}";

    /// <summary>The grants of one user and the browsers in which they are signed in, so that ending the user ends them.</summary>
    public static string OfUser(string subject) => $"index:user:{{{subject}}}";

    /// <summary>The grants and browsers that belong to one session at an identity provider.</summary>
    public static string OfProviderSession(string session) => $"index:provider-session:{{{session}}}";
}
