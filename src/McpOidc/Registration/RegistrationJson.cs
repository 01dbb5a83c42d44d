using System.Text.Json.Serialization;
using McpOidc.Registration.MetadataDocuments;

namespace McpOidc.Registration;

/// <summary>The wire format of registration. Strict, because two readers of a duplicate member could see two different clients.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ClientMetadata))]
[JsonSerializable(typeof(ClientDocumentMembers))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
