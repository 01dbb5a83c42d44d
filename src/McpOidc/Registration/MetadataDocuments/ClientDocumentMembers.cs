using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The members of a document that are not client metadata.</summary>
internal sealed record ClientDocumentMembers
{
    [JsonPropertyName("client_id")]
    public string? ClientId { get; init; }

    [JsonPropertyName("client_secret")]
    public JsonElement? ClientSecret { get; init; }

    [JsonPropertyName("client_secret_expires_at")]
    public JsonElement? ClientSecretExpiresAt { get; init; }
}
