using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>A sign-in about to begin.</summary>
/// <param name="Url">Where to send the browser.</param>
/// <param name="State">What to remember until the callback.</param>
public sealed record IdentityProviderChallenge(Uri Url, JsonObject State);
