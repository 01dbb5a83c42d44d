using System.Text.Json.Serialization;
using McpOidc.Audit;
using McpOidc.Timeline;

namespace McpOidc.Administration;

/// <summary>The JSON of the operators' API.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ClientPage))]
[JsonSerializable(typeof(GrantInfoPage))]
[JsonSerializable(typeof(SignInTimeline))]
[JsonSerializable(typeof(AuditEvents))]
[JsonSerializable(typeof(SigningKeys))]
[JsonSerializable(typeof(RevokedGrants))]
[JsonSerializable(typeof(ReapedClients))]
internal sealed partial class AdminJson : JsonSerializerContext;

internal sealed record AuditEvents(IReadOnlyList<AuditEvent> Events);

internal sealed record SigningKeys(IReadOnlyList<SigningKeyJson> Keys);

internal sealed record SigningKeyJson(string Kid, string Alg, DateTimeOffset CreatedAt, DateTimeOffset SignsFrom, bool Active);

internal sealed record RevokedGrants(long Revoked);

internal sealed record ReapedClients(long Reaped);
