using System.Text.Json.Serialization;

namespace McpOidc.Registration;

/// <summary>The wire format of registration: strict, since two readers of a doubled member could see two different clients.</summary>
[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16, AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ClientMetadata))]
internal sealed partial class RegistrationJson : JsonSerializerContext;
