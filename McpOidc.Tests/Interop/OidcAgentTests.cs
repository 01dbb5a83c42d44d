using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>oidc-agent, from Debian: it registers itself, and only accepts a response that names its scopes. Not on CI, where its packages
/// would take half a minute to install.</summary>
public sealed partial class OidcAgentTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("mcpoidc-agent-");
    private readonly Dictionary<string, string> _environment = [];

    public void Dispose() => _home.Delete(recursive: true);

    [OidcAgentFact]
    public async Task It_registers_signs_in_calls_and_refreshes()
    {
        await using var system = await TestSystem.StartAsync();
        _environment["HOME"] = _home.CreateSubdirectory(".oidc-agent").Parent!.FullName;
        foreach (Match variable in Variable().Matches(await RunAsync("oidc-agent")))
        {
            _environment[variable.Groups["name"].Value] = variable.Groups["value"].Value;
        }

        try
        {
            await SignInAsync(system);
            var first = await RunAsync("oidc-token example");
            var second = await RunAsync("oidc-token example --force-new");
            Assert.NotEqual(first, second);
            using var client = system.CreateClient();
            using var called = await client.CallAsync(system.McpOrigin + "/echo", second.Trim());
            Assert.Equal(200, (int)called.StatusCode);
        }
        finally
        {
            await RunAsync("oidc-agent -k");
        }
    }

    [Fact]
    public async Task The_response_to_its_registration_names_the_scopes_that_it_asked_for()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        var metadata = OAuthClient.Metadata("http://localhost:4242");
        (metadata["client_name"], metadata["scope"]) = ("oidc-agent:example", "openid offline_access");

        Assert.Equal("openid offline_access", $"{(await client.RegisterAsync(metadata))["scope"]}");
    }

    private async Task SignInAsync(TestSystem system)
    {
        using var program = Start(
            $"oidc-gen example --iss={system.Issuer} --scope='openid offline_access' --flow=code --port={Loopback.FreePort()} "
                + "--no-url-call --prompt=none --confirm-default --pw-cmd='echo password'"
        );
        using var limit = new CancellationTokenSource(s_patience);
        var said = new StringBuilder();
        string? url = null;
        while (url is null && await program.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said.AppendLine(line);
            url = line.StartsWith(system.Issuer + "/authorize", StringComparison.Ordinal) ? line : null;
        }

        Assert.True(url is not null, said.ToString());
        using var browser = new Browser();
        var end = await browser.OpenAsync(url, _ => false);
        Assert.Contains("Successfully performed code exchange", end.Html, StringComparison.Ordinal);
        said.Append(await program.StandardOutput.ReadToEndAsync(limit.Token));
        Assert.Contains("Everything setup correctly", said.ToString(), StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(string command)
    {
        using var program = Start(command);
        using var limit = new CancellationTokenSource(s_patience);
        return await program.StandardOutput.ReadToEndAsync(limit.Token);
    }

    private Process Start(string command)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", $"exec {command} 2>&1 </dev/null"]) { RedirectStandardOutput = true };
        foreach (var (name, value) in _environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    [GeneratedRegex("(?<name>OIDC_SOCK|OIDCD_PID)=(?<value>[^;]+);", RegexOptions.CultureInvariant)]
    private static partial Regex Variable();

    /// <summary>Skipped where it is not installed.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    public sealed class OidcAgentFactAttribute : FactAttribute
    {
        /// <summary>Decides whether to skip.</summary>
        public OidcAgentFactAttribute() =>
            Skip = ExecutableFinder.Find("oidc-gen") is null
                ? "oidc-agent is not installed. Install it (Debian, Ubuntu: apt-get install oidc-agent-cli)."
                : null;
    }
}
