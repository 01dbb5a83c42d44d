using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop.RelyingParties;

/// <summary>A website behind Apache's mod_auth_openidc, from Debian.</summary>
public sealed class ApacheTests
{
    [ApacheTheory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    public async Task A_person_signs_in_and_out_and_returns_to_the_website(string algorithm)
    {
        var port = Loopback.FreePort();
        var origin = $"http://localhost:{port}";
        await using var system = await TestSystem.StartAsync(options =>
            options.AddClient(
                0,
                "portal",
                key: null,
                ("GrantTypes:0", "authorization_code"),
                ("GrantTypes:1", "refresh_token"),
                ("RedirectUris:0", origin + "/callback"),
                ("PostLogoutRedirectUris:0", origin + "/bye"),
                ("IdTokenSignedResponseAlg", algorithm)
            )
        );
        await using var apache = await ProxyProcess.StartApacheAsync(
            Configuration(system.Issuer, origin),
            "<p><!--#echo var=\"REMOTE_USER\" --></p>",
            port
        );
        using var browser = new Browser();

        var home = await browser.OpenAsync(origin + "/index.html", _ => false);
        Assert.True(
            home.Status == 200 && home.Html!.Contains("<p>alice@example.com</p>", StringComparison.Ordinal),
            $"{home.Status} {home.Uri} {home.Html} {apache.Errors}"
        );

        var bye = await browser.OpenAsync(
            $"{origin}/callback?logout={Uri.EscapeDataString(origin + "/bye")}",
            uri => uri.AbsolutePath == "/bye"
        );
        Assert.True(bye.Uri.AbsoluteUri == origin + "/bye", $"{bye.Status} {bye.Uri} {bye.Html} {apache.Errors}");

        // The user is signed out of this server too, so the next sign-in goes to the identity provider again.
        var before = browser.VisitsOf(system.Idp!.Issuer);
        await browser.OpenAsync(origin + "/index.html", _ => false);
        Assert.NotEqual(before, browser.VisitsOf(system.Idp.Issuer));
    }

    private static string Configuration(string issuer, string origin) =>
        $"""
            {string.Join('\n', s_modules.Select(module => $"LoadModule {module}_module {Modules}/mod_{module}.so"))}
            LoadModule auth_openidc_module {Module}
            User www-data
            Group www-data
            OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
            OIDCClientID portal
            OIDCClientSecret "{ConfiguredClients.Secret}"
            OIDCRedirectURI {origin}/callback
            OIDCCryptoPassphrase a-passphrase-of-the-website
            OIDCScope "openid email"
            OIDCPKCEMethod S256
            OIDCRemoteUserClaim email
            <Location />
              AuthType openid-connect
              Require valid-user
              SetOutputFilter INCLUDES
              Options +Includes
            </Location>
            """;

    private const string Modules = "/usr/lib/apache2/modules";
    private const string Module = Modules + "/mod_auth_openidc.so";
    private static readonly string[] s_modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "include", "dir"];

    /// <summary>Skipped where the module is not installed. On CI it runs, and fails.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class ApacheTheoryAttribute : TheoryAttribute
    {
        /// <summary>Decides whether to skip.</summary>
        public ApacheTheoryAttribute() =>
            Skip =
                File.Exists(Module) || Environment.GetEnvironmentVariable("CI") == "true"
                    ? null
                    : "mod_auth_openidc is not installed. Install it (Debian, Ubuntu: apt-get install libapache2-mod-auth-openidc).";
    }
}
