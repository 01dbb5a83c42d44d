using System.Text.Json.Serialization;
using McpOidc.Authorization;
using McpOidc.Keys;
using McpOidc.Revocation;
using McpOidc.Sessions;
using McpOidc.Token;

namespace McpOidc.Storage;

/// <summary>The source-generated contracts of records that both roles read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(UnixTime)]
)]
[JsonSerializable(typeof(GrantRecord))]
[JsonSerializable(typeof(UserRecord))]
[JsonSerializable(typeof(PublishedScopes))]
[JsonSerializable(typeof(RevocationLog))]
[JsonSerializable(typeof(RootKeySet))]
internal sealed partial class StoreJson : JsonSerializerContext;
