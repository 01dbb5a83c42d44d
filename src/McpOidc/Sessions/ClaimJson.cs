using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOidc.Sessions;

/// <summary>The JSON contract of single claims.</summary>
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class ClaimJson : JsonSerializerContext;
