using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Packages;

/// <summary>A fresh project of each kind, from the packed packages: it builds and runs, and a user signs in with an MCP client (issue 7,
/// bar 4).</summary>
[Collection(BuildsOthersCollection.Name)]
public sealed class TemplateTests(PackedPackages packages)
{
    private readonly string _idp = Origin();
    private readonly string _issuer = Origin();
    private readonly string _mcp = Origin();

    [Fact]
    public async Task An_integrated_project_builds_runs_and_a_person_signs_in()
    {
        var folder = await packages.CreateAsync("MyServer");
        await using var server = await StartAsync(
            folder,
            await packages.BuildAsync(folder, "MyServer"),
            _mcp,
            ("DevIdp__Issuer", _idp),
            ("McpOidc__IdentityProvider__Issuer", _idp),
            ("McpOidc__ResourceServer__Resource", _mcp + "/mcp")
        );
        await SignInAsync();
    }

    [Fact]
    public async Task A_standalone_pair_and_a_protected_server_build_and_run_and_a_person_signs_in_at_both()
    {
        var folder = await packages.CreateAsync("MyPair", "--mode", "standalone");
        var (authFolder, mcpFolder) = (Path.Combine(folder, "MyPair.AuthServer"), Path.Combine(folder, "MyPair.McpServer"));
        var protectedFolder = await packages.CreateAsync("MyOther", "--mode", "protect");
        var other = Origin();
        var store = ("McpOidc__Sqlite__Path", Path.Combine(folder, ".data", "mcpoidc.db"));

        await using var auth = await StartAsync(
            authFolder,
            await packages.BuildAsync(authFolder, "MyPair.AuthServer"),
            _issuer,
            store,
            ("DevIdp__Issuer", _idp),
            ("McpOidc__IdentityProvider__Issuer", _idp),
            ("McpOidc__Issuer", _issuer),
            ("McpOidc__Resources__0__Uri", _mcp + "/mcp"),
            ("McpOidc__Resources__1__Uri", other + "/mcp")
        );
        await using var mcp = await StartAsync(
            mcpFolder,
            await packages.BuildAsync(mcpFolder, "MyPair.McpServer"),
            _mcp,
            store,
            ("McpOidc__Authority", _issuer),
            ("McpOidc__ResourceServer__Resource", _mcp + "/mcp")
        );
        await SignInAsync();

        await using var protectedServer = await StartAsync(
            protectedFolder,
            await packages.BuildAsync(protectedFolder, "MyOther"),
            other,
            store,
            ("McpOidc__Authority", _issuer),
            ("McpOidc__ResourceServer__Resource", other + "/mcp")
        );
        await SignInAsync(other);
    }

    [Fact]
    public async Task An_identity_project_builds_runs_and_a_user_who_registers_there_signs_in()
    {
        var folder = await packages.CreateAsync("MyShop", "--mode", "identity");
        await using var server = await StartAsync(
            folder,
            await packages.BuildAsync(folder, "MyShop"),
            _mcp,
            ("McpOidc__ResourceServer__Resource", _mcp + "/mcp")
        );
        using var browser = new Browser();
        using var form = await browser.GetAsync(_mcp + "/Identity/Account/Register?ReturnUrl=%2Fpasskeys");
        var (action, fields) = browser.ReadForm(await form.Content.ReadAsStringAsync(), form.RequestMessage!.RequestUri!)!.Value;
        fields["Input.Email"] = "alice@example.com";
        fields["Input.Password"] = fields["Input.ConfirmPassword"] = "Correct-horse-1";
        using var registered = await browser.PostAsync(action, fields);
        Assert.Equal((302, "/passkeys"), ((int)registered.StatusCode, registered.Headers.Location?.OriginalString));
        await using var client = await SdkClient.ConnectAsync(_mcp + "/mcp", browser);
        Assert.StartsWith("alice@example.com, user ", await client.CallAsync("whoami"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Program.cs")]
    [InlineData("SignInPages.cs")]
    [InlineData("Tools.cs")]
    [InlineData("UsersContext.cs")]
    [InlineData("Pages/Shared/_LoginPartial.cshtml")]
    public void The_identity_template_matches_the_sample(string file) =>
        Assert.Equal(
            File.ReadAllText(Path.Combine(SourceTree.Root, "samples/IdentityApp", file))
                .Replace("IdentityApp", "McpOidcApp", StringComparison.Ordinal),
            File.ReadAllText(Path.Combine(SourceTree.Root, "templates/content/mcp-oidc/identity", file))
        );

    [Fact]
    public async Task A_release_build_and_a_project_without_the_demo_provider_do_not_contain_it()
    {
        var folder = await packages.CreateAsync("Without-demo", "--demo-provider", "false");
        Assert.DoesNotContain(
            Directory
                .EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".md", StringComparison.Ordinal)),
            file => File.ReadAllText(file).Contains("DevIdp", StringComparison.Ordinal)
        );
        var assembly = await packages.BuildAsync(await packages.CreateAsync("Released"), "Released", "Release");
        Assert.True(File.Exists(assembly));
        Assert.False(File.Exists(Path.Combine(Path.GetDirectoryName(assembly)!, "McpOidc.DevIdp.dll")));
    }

    private async Task SignInAsync(string? origin = null)
    {
        var resource = (origin ?? _mcp) + "/mcp";
        using var http = new HttpClient();
        using var refused = await http.PostAsync(new Uri(resource), content: null);
        Assert.Equal(401, (int)refused.StatusCode);
        await using var client = await SdkClient.ConnectAsync(resource);
        Assert.Contains("Alice Adams <alice@example.com>", await client.CallAsync("whoami"), StringComparison.Ordinal);
    }

    private static Task<ProgramProcess> StartAsync(
        string folder,
        string assembly,
        string origin,
        params (string Name, string Value)[] settings
    ) =>
        ProgramProcess.StartAssemblyAsync(
            assembly,
            folder,
            new Uri(origin + "/health"),
            settings.ToDictionary(setting => setting.Name, setting => setting.Value)
        );

    private static string Origin() => $"http://localhost:{Loopback.FreePort()}";
}
