using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.RelyingParties;

/// <summary>Websites with common libraries sign users in and out at this server (OpenID Connect Core §3.1, RP-Initiated Logout).</summary>
public sealed class RelyingPartyTests
{
    [Theory]
    [InlineData("AspNetCore", "RS256")]
    [InlineData("AspNetCore", "ES256")]
    [InlineData("OpenIddict", "RS256")]
    [InlineData("OpenIddict", "ES256")]
    public async Task A_person_signs_in_and_out_and_returns_to_the_website(string library, string algorithm)
    {
        IPortal portal = library == "AspNetCore" ? new AspNetCorePortal() : new OpenIddictPortal();
        var port = Loopback.FreePort();
        var origin = $"http://localhost:{port}";
        await using var system = await TestSystem.StartAsync(options =>
            options.AddClient(
                0,
                "portal",
                key: null,
                ("GrantTypes:0", "authorization_code"),
                ("GrantTypes:1", "refresh_token"),
                ("RedirectUris:0", origin + portal.Callback),
                ("PostLogoutRedirectUris:0", origin + portal.SignedOut),
                ("IdTokenSignedResponseAlg", algorithm)
            )
        );
        await using var site = await TestSite.StartAsync(
            port,
            [],
            builder => portal.Configure(builder, origin, system.Issuer, algorithm),
            portal.Map
        );
        using var browser = new Browser();

        var home = await browser.OpenAsync(origin + "/", _ => false);
        Assert.True(home is { Status: 200, Uri.AbsolutePath: "/" } && home.Uri.Port == port, $"{home.Status} {home.Uri} {home.Html}");

        var bye = await browser.OpenAsync(origin + "/logout", uri => uri.AbsolutePath == "/bye");
        Assert.True(bye.Uri.AbsoluteUri == origin + "/bye", $"{bye.Status} {bye.Uri} {bye.Html}");

        // The user is signed out of this server too, so the next sign-in goes to the identity provider again.
        var before = browser.VisitsOf(system.Idp!.Issuer);
        await browser.OpenAsync(origin + "/", _ => false);
        Assert.NotEqual(before, browser.VisitsOf(system.Idp.Issuer));
    }
}
