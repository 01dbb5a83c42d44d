using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>A prepared sign-in.</summary>
/// <param name="Url">The URL for the browser.</param>
/// <param name="State">The state to keep until the callback.</param>
public sealed record IdentityProviderChallenge(Uri Url, JsonObject State);
