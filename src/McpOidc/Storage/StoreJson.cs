using System.Text.Json.Serialization;
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

/// <summary>The source-generated contracts of everything that is stored.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UnixTime)]
)]
[JsonSerializable(typeof(ClientRecord))]
[JsonSerializable(typeof(ClientDocumentRecord))]
[JsonSerializable(typeof(ClientMetadata))]
[JsonSerializable(typeof(SharedClientRecord))]
[JsonSerializable(typeof(GrantRecord))]
[JsonSerializable(typeof(GrantOrigin))]
[JsonSerializable(typeof(TimelineRecord))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(TokenRecord))]
[JsonSerializable(typeof(UserRecord))]
[JsonSerializable(typeof(BrowserSessionRecord))]
[JsonSerializable(typeof(Interaction))]
[JsonSerializable(typeof(SigningKeySet))]
[JsonSerializable(typeof(PublishedScopes))]
[JsonSerializable(typeof(RevocationLog))]
[JsonSerializable(typeof(RootKeySet))]
internal sealed partial class StoreJson : JsonSerializerContext;
