using System.Net;
using System.Text;
using McpOidc.DevIdp;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Interop;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Chromium;

/// <summary>
/// A system with two identity providers and a brand, a client that listens on loopback, and a browser window, for all tests of the
/// collection.
/// </summary>
public sealed class ChromiumSystem : IAsyncLifetime
{
    public const string Collection = "Chromium";

    // A web client that signs users in through a popup: the response is useless unless it reaches the window that opened the popup.
    private const string App = """
        <!doctype html><title>Not signed in</title>
        <button onclick="open(decodeURIComponent(location.hash.slice(1)), 'sign-in', 'width=600,height=700')">Connect</button>
        <script>addEventListener('message', event => document.title = 'Signed in with ' + event.data)</script>
        """;

    private const string Answer = """
        <!doctype html><title>The client has its answer</title>
        <script>window.opener?.postMessage(new URL(location).searchParams.get('state'), '*')</script>
        """;

    private readonly HttpListener _client = new();
    private string _useMcp = "";
    private DevIdpInstance _partners = null!;
    private Task _answering = null!;

    /// <summary>Where a local client waits for the response.</summary>
    public string LoopbackUri { get; } = $"http://127.0.0.1:{Loopback.FreePort()}/callback";

    /// <summary>The page of a web client that uses use-mcp.</summary>
    public string UseMcpPage => LoopbackUri + "/use-mcp";

    public TestSystem System { get; private set; } = null!;

    public ChromiumWindow Window { get; private set; } = null!;

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (ChromiumRequirement.SkipReason is not null)
        {
            return;
        }

        Window = new ChromiumWindow();
        await using (var bundler = NodeProgram.Start("bundle.mjs", "use-mcp-client.mjs"))
        {
            var script = (await bundler.ReadAsync())["code"];
            _useMcp = $"""<!doctype html><meta charset="utf-8"><body></body><script type="module">{script}</script>""";
        }

        _client.Prefixes.Add(LoopbackUri + "/");
        _client.Start();
        _answering = AnswerAsync();
        _partners = await DevIdpHost.StartAsync("Development", idp => idp.Issuer = "http://localhost:0", CancellationToken.None);
        System = await TestSystem.StartAsync(options =>
        {
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            options.Set("McpOidc:AllowedOrigins:0", new Uri(LoopbackUri).GetLeftPart(UriPartial.Authority));
            options.Set("McpOidc:Pages:Name", "Example Labs");
            options.Set("McpOidc:Pages:SupportUrl", "https://help.example.com/");
            options.Set("McpOidc:IdentityProvider:DisplayName", "Example staff");
            options.Set("McpOidc:IdentityProvider:Domains:0", "example.com");
            options.Idp = idp => idp.Users.Add(new("carol", "carol", "Carol Clark", "carol@example.com"));
            // Bob may not sign in.
            options.Set("McpOidc:IdentityProvider:Deny:0:Claims:0:Claim", "email");
            options.Set("McpOidc:IdentityProvider:Deny:0:Claims:0:Values:0", "bob@example.com");
            options.Set("McpOidc:Admin:Claim", "groups");
            options.Set("McpOidc:Admin:Value", "staff");
            options.Set("McpOidc:IdentityProvider:Providers:partners:Issuer", _partners.Issuer);
            options.Set("McpOidc:IdentityProvider:Providers:partners:ClientId", _partners.Options.ClientId);
            options.Set("McpOidc:IdentityProvider:Providers:partners:ClientSecret", _partners.Options.ClientSecret);
            options.Set("McpOidc:IdentityProvider:Providers:partners:DisplayName", "Partners");
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:Clients:0:Id", "tv");
            options.Set("McpOidc:Clients:0:Name", "Living room");
            options.Set("McpOidc:Clients:0:GrantTypes:0", Device.GrantType);
            SpeakArabic(options);
        });
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (ChromiumRequirement.SkipReason is not null)
        {
            return;
        }

        _client.Close();
        await _answering.WaitAsync(TimeSpan.FromSeconds(30));
        await Window.DisposeAsync();
        await System.DisposeAsync();
        await _partners.DisposeAsync();
    }

    /// <summary>A newly registered client whose users belong to the first provider.</summary>
    public async Task<OAuthClient> RegisterAsync(string? redirectUri = null, string name = "Code Helper")
    {
        var client = System.CreateClient();
        client.RedirectUri = redirectUri ?? LoopbackUri;
        var metadata = OAuthClient.Metadata(client.RedirectUri);
        metadata["client_name"] = name;
        metadata["client_uri"] = "https://helper.example/";
        metadata["tos_uri"] = "https://helper.example/terms";
        metadata["policy_uri"] = "https://privacy.example/helper";
        await client.RegisterAsync(metadata);
        return client;
    }

    /// <summary>A device that has just started to sign in.</summary>
    internal async Task<Device> BeginDeviceAsync()
    {
        var client = System.CreateClient();
        client.ClientId = "tv";
        return await Device.BeginAsync(client, ("scope", "openid files:read files:write"));
    }

    public static string AuthorizeUrl(OAuthClient client) =>
        client.AuthorizeUrl(("login_hint", "alice@example.com"), ("scope", "openid email offline_access files:read files:write"));

    // Enough texts in a right-to-left language to check the layout of a page.
    private static void SpeakArabic(TestSystemOptions options)
    {
        (string Name, string Text)[] texts =
        [
            ("ConsentHeading", "هل تسمح بالوصول إلى {resource}؟"),
            ("ConsentAbilities", "سيكون قادرًا على"),
            ("ConsentAllow", "السماح"),
            ("ConsentDeny", "الرفض"),
            ("ConsentRemember", "تذكّر هذا القرار"),
            ("ChooseTitle", "أين تسجّل الدخول؟"),
            ("SignOutTitle", "تسجيل الخروج؟"),
            ("ErrorReference", "المرجع: {reference}"),
        ];
        Array.ForEach(texts, text => options.Set($"McpOidc:Pages:Languages:ar:Texts:{text.Name}", text.Text));
    }

    private async Task AnswerAsync()
    {
        while (true)
        {
            try
            {
                var context = await _client.GetContextAsync();
                context.Response.ContentType = "text/html";
                var page = context.Request.Url!.AbsolutePath.Split('/')[^1] switch
                {
                    "app" => App,
                    "use-mcp" => _useMcp,
                    _ => Answer,
                };
                context.Response.Close(Encoding.UTF8.GetBytes(page), willBlock: false);
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // The listener was closed.
                return;
            }
        }
    }
}

/// <summary>One browser for all tests, which do not run in parallel.</summary>
[CollectionDefinition(ChromiumSystem.Collection)]
public sealed class ChromiumCollection : ICollectionFixture<ChromiumSystem>;
