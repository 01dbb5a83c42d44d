using System.Text.Json.Nodes;

namespace McpOidc.Sessions;

/// <summary>A signed-in person, as tools see them.</summary>
/// <param name="Subject">The <c>sub</c> of the access token: the same for a person whenever they sign in.</param>
/// <param name="IdentityProviderSubject">The person's <c>sub</c> at the identity provider.</param>
/// <param name="Provider">The identity provider's issuer.</param>
/// <param name="Claims">What the identity provider said of the person, verified.</param>
/// <param name="CustomData">What <c>AddCustomData</c> or <c>McpOidc:IdentityProvider:CustomData</c> drew from the claims;
/// <see langword="null"/> for nothing.</param>
public sealed record SignedInUser(
    string Subject,
    string IdentityProviderSubject,
    string Provider,
    JsonObject Claims,
    JsonObject? CustomData
);
