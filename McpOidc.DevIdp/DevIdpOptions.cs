namespace McpOidc.DevIdp;

/// <summary>Settings of the demo identity provider.</summary>
public sealed class DevIdpOptions
{
    /// <summary>The issuer, which is also the address to listen on: loopback only. Port 0 uses a free one. Default:
    /// <c>http://localhost:4002</c>.</summary>
    public string Issuer { get; set; } = "http://localhost:4002";

    /// <summary>The client id of the only client. Default: <c>mcpoidc</c>.</summary>
    public string ClientId { get; set; } = "mcpoidc";

    /// <summary>The client's secret. Default: <c>dev-secret</c>.</summary>
    public string ClientSecret { get; set; } = "dev-secret";

    /// <summary>Redirect URIs in addition to every http URI on loopback. Default: none.</summary>
    public IList<string> RedirectUris { get; } = [];

    /// <summary>The lifetime of access tokens, short to demonstrate refreshing. Default: 2 minutes.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The lifetime of refresh tokens. Default: 30 days.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);

    /// <summary>The users. Default: alice and bob, each with the user name as password.</summary>
    public IList<DevIdpUser> Users { get; } =
    [
        new("alice", "alice", "Alice Adams", "alice@example.com") { OrganizationId = "org_1", Groups = ["engineering", "staff"] },
        new("bob", "bob", "Bob Brown", "bob@example.com"),
    ];

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;
}

/// <summary>A demo user.</summary>
/// <param name="UserName">The user name, and the <c>sub</c>.</param>
/// <param name="Password">The password; not a secret.</param>
/// <param name="Name">The full name, given name first.</param>
/// <param name="Email">The e-mail address.</param>
public sealed record DevIdpUser(string UserName, string Password, string Name, string Email)
{
    /// <summary>The claim <c>org_id</c>.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>The claim <c>groups</c>. OpenIddict writes a single one as a string in the id_token, as some providers do.</summary>
    public IReadOnlyList<string> Groups { get; init; } = [];
}
