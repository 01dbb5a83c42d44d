using McpOidc.Audit;
using McpOidc.Authorization.DeviceAuthorization;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>The keys and indexes of the authorization server only, in addition to <see cref="StoreKeys"/>.</summary>
internal static class ServerKeys
{
    public static readonly RecordKind<ClientRecord> Client = new("client", () => ServerJson.Default.ClientRecord, Encrypted: false)
    {
        ExpiresAt = client => client.ExpiresAt,
        IsOfStrangers = true,
    };

    /// <summary>A client that a user has signed in with, or that is blocked: unauthenticated callers cannot cause it to be
    /// written.</summary>
    public static readonly RecordKind<ClientRecord> UsedClient = Client with { IsOfStrangers = false };

    public static readonly RecordKind<ClientDocumentRecord> ClientDocument = new(
        "client-document",
        () => ServerJson.Default.ClientDocumentRecord,
        Encrypted: false
    )
    {
        ExpiresAt = document => document.UsableUntil,
        IsOfStrangers = true,
    };

    /// <summary>Whether clients' documents can be fetched: the shared result of the last probe.</summary>
    public static readonly RecordKind<DocumentReachRecord> DocumentReach = new(
        "document-reach",
        () => ServerJson.Default.DocumentReachRecord,
        Encrypted: false
    );

    public static readonly RecordKind<SharedClientRecord> SharedClient = new(
        "shared-client",
        () => ServerJson.Default.SharedClientRecord,
        Encrypted: false
    );

    public static readonly RecordKind<TokenRecord> Token = new("token", () => ServerJson.Default.TokenRecord, Encrypted: true)
    {
        ExpiresAt = token => token.ForgottenAt,
        IsOfStrangers = true,
    };

    public static readonly RecordKind<BrowserSessionRecord> BrowserSession = new(
        "browser",
        () => ServerJson.Default.BrowserSessionRecord,
        Encrypted: true
    );

    public static readonly RecordKind<Interaction> Interaction = new("interaction", () => ServerJson.Default.Interaction, Encrypted: true)
    {
        ExpiresAt = interaction => interaction.ExpiresAt,
        IsOfStrangers = true,
    };

    /// <summary>The result of an interaction's step, for some seconds; sealed to the browser.</summary>
    public static readonly RecordKind<StepAnswerRecord> StepAnswer = new(
        "step",
        () => ServerJson.Default.StepAnswerRecord,
        Encrypted: false
    )
    {
        IsOfStrangers = true,
    };

    /// <summary>A device authorization request, by an id that is derived from its user code.</summary>
    public static readonly RecordKind<DeviceRequestRecord> DeviceRequest = new(
        "device",
        () => ServerJson.Default.DeviceRequestRecord,
        Encrypted: true
    )
    {
        ExpiresAt = request => request.EndsAt + DeviceRequestRecord.Afterlife,
        IsOfStrangers = true,
    };

    public static readonly RecordKind<SigningKeySet> SigningKeys = new("keys", () => ServerJson.Default.SigningKeySet, Encrypted: true);

    /// <summary>What led to an error page, by the reference on the page.</summary>
    public static readonly RecordKind<TimelineRecord> Timeline = new("timeline", () => ServerJson.Default.TimelineRecord, Encrypted: true)
    {
        IsOfStrangers = true,
    };

    /// <summary>The recent audit events of one process, for operators.</summary>
    public static readonly RecordKind<AuditRecord> Audit = new("audit", () => ServerJson.Default.AuditRecord, Encrypted: true);

    /// <summary>The processes with an <see cref="Audit"/> record.</summary>
    public const string AuditOfProcesses = "index:audit";

    /// <summary>The key ring is one record, so that a reader sees all keys or none.</summary>
    public const string SigningKeysId = "signing";

    /// <summary>The ring of the keys for id_tokens, in a separate record: the previous version ignores it.</summary>
    public const string IdentityTokenKeysId = "id-tokens";

    /// <summary>The lease that allows only one process at a time to refresh a user's tokens at the identity provider.</summary>
    public static string RefreshLease(string subject) => $"lease:{{{subject}}}";

    /// <summary>How far an interaction has come, and when.</summary>
    public static string TakenSteps(string interactionId) => $"taken:{{{interactionId}}}";

    /// <summary>The shared count for a limit in one window of time.</summary>
    public static string RateLimit(string limit, string hash, DateTimeOffset windowEnd) =>
        $"rate:{limit}:{{{hash}}}:{windowEnd.ToUnixTimeSeconds()}";

    /// <summary>The lease that allows only one process at a time to fetch a client's metadata document.</summary>
    public static string ClientDocumentLease(string url) => $"lease:client-document:{{{StoreKeys.ClientPart(url)}}}";

    /// <summary>How many bytes unauthenticated callers have stored, by expiry time.</summary>
    public const string StoredByStrangers = "strangers:{bytes}";
}
