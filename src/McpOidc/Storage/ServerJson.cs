using System.Text.Json.Serialization;
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

/// <summary>The source-generated contracts of records that only the authorization server reads.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UnixTime)]
)]
[JsonSerializable(typeof(ClientRecord))]
[JsonSerializable(typeof(ClientDocumentRecord))]
[JsonSerializable(typeof(ClientMetadata))]
[JsonSerializable(typeof(DocumentReachRecord))]
[JsonSerializable(typeof(SharedClientRecord))]
[JsonSerializable(typeof(GrantOrigin))]
[JsonSerializable(typeof(TimelineRecord))]
[JsonSerializable(typeof(AuditRecord))]
[JsonSerializable(typeof(TokenRecord))]
[JsonSerializable(typeof(BrowserSessionRecord))]
[JsonSerializable(typeof(Interaction))]
[JsonSerializable(typeof(DeviceRequestRecord))]
[JsonSerializable(typeof(StepAnswer))]
[JsonSerializable(typeof(StepAnswerRecord))]
[JsonSerializable(typeof(SigningKeySet))]
internal sealed partial class ServerJson : JsonSerializerContext;
