using System.Text.Json.Nodes;

namespace McpOidc.Sessions;

/// <summary>A signed-in user, as tools see it.</summary>
/// <param name="Subject">The <c>sub</c> of the access token: always the same for a user.</param>
/// <param name="IdentityProviderSubject">The user's <c>sub</c> at the identity provider.</param>
/// <param name="Provider">The identity provider's issuer.</param>
/// <param name="Claims">The verified claims from the identity provider.</param>
/// <param name="CustomData">The data that <c>AddCustomData</c> or <c>McpOidc:IdentityProvider:CustomData</c> extracted from the claims;
/// <see langword="null"/> for none.</param>
public sealed record SignedInUser(
    string Subject,
    string IdentityProviderSubject,
    string Provider,
    JsonObject Claims,
    JsonObject? CustomData
);
