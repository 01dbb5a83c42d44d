using McpOidc.Audit;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Timeline;
using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>The keys and indexes of the authorization server alone, beside <see cref="StoreKeys"/>.</summary>
internal static class ServerKeys
{
    public static readonly RecordKind<ClientRecord> Client = new("client", () => ServerJson.Default.ClientRecord, Encrypted: false)
    {
        ExpiresAt = client => client.ExpiresAt,
        IsOfStrangers = true,
    };

    /// <summary>A client with which somebody has signed in, or that is blocked: no stranger has it written.</summary>
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

    /// <summary>Whether clients' documents can be fetched, as the last probe of all processes found.</summary>
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

    /// <summary>Where a step of an interaction led, for some seconds; sealed to the browser.</summary>
    public static readonly RecordKind<StepAnswerRecord> StepAnswer = new(
        "step",
        () => ServerJson.Default.StepAnswerRecord,
        Encrypted: false
    )
    {
        IsOfStrangers = true,
    };

    public static readonly RecordKind<SigningKeySet> SigningKeys = new("keys", () => ServerJson.Default.SigningKeySet, Encrypted: true);

    /// <summary>What led to an error page, under the reference that the page shows.</summary>
    public static readonly RecordKind<TimelineRecord> Timeline = new("timeline", () => ServerJson.Default.TimelineRecord, Encrypted: true)
    {
        IsOfStrangers = true,
    };

    /// <summary>What one process did lately, for operators.</summary>
    public static readonly RecordKind<AuditRecord> Audit = new("audit", () => ServerJson.Default.AuditRecord, Encrypted: true);

    /// <summary>The processes of which there is an <see cref="Audit"/> record.</summary>
    public const string AuditOfProcesses = "index:audit";

    /// <summary>The key ring is one record, so that a reader sees all keys or none.</summary>
    public const string SigningKeysId = "signing";

    /// <summary>The ring of the keys for id_tokens, in a record of its own: a process of the version before leaves it alone.</summary>
    public const string IdentityTokenKeysId = "id-tokens";

    /// <summary>The lease under which one process at a time refreshes a user's tokens at the identity provider.</summary>
    public static string RefreshLease(string subject) => $"lease:{{{subject}}}";

    /// <summary>How far an interaction came, and when.</summary>
    public static string TakenSteps(string interactionId) => $"taken:{{{interactionId}}}";

    /// <summary>What all processes have counted towards a limit in one window of time.</summary>
    public static string RateLimit(string limit, string hash, DateTimeOffset windowEnd) =>
        $"rate:{limit}:{{{hash}}}:{windowEnd.ToUnixTimeSeconds()}";

    /// <summary>The lease under which one process at a time fetches a client's metadata document.</summary>
    public static string ClientDocumentLease(string url) => $"lease:client-document:{{{StoreKeys.ClientPart(url)}}}";

    /// <summary>How many bytes strangers have stored, by the time at which they go.</summary>
    public const string StoredByStrangers = "strangers:{bytes}";
}
