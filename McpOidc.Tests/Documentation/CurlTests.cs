using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.AspNetCore.Builder;

namespace McpOidc.Tests.Documentation;

/// <summary>
/// Sends the documentation's curl requests to a running system, whose hosts replace the documentation's: <c>auth.*</c> and port 4001 are
/// the authorization server, others the MCP server. The status must be the one in the comment, or a success without one.
/// </summary>
public sealed class CurlTests
{
    private const string McpServer = "mcp-python";
    private const string DeviceClient = "build-agent";

    [Fact]
    public async Task Every_curl_command_in_the_documentation_gets_the_documented_response()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app => app.MapHealthChecks("/health");
            options.AddClient(
                0,
                McpServer,
                key: null,
                ("GrantTypes:0", "urn:ietf:params:oauth:grant-type:token-exchange"),
                ("ResourceServer", $"http://localhost:{options.McpPort}/mcp")
            );
            options.Set("McpOidc:Admin:Key", AdminKey);
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:Clients:1:Id", DeviceClient);
            options.Set("McpOidc:Clients:1:GrantTypes:0", Device.GrantType);
        });
        using var agent = signedIn.System.CreateClient();
        agent.ClientId = DeviceClient;
        using var device = await Device.BeginAsync(agent, ("scope", "openid"));
        var variables = new Dictionary<string, string>
        {
            ["TOKEN"] = signedIn.Tokens.AccessToken,
            ["SECRET"] = ConfiguredClients.Secret,
            ["ADMIN_KEY"] = AdminKey,
            ["MCP_TOKEN"] = await TokenPage.MakeAsync(signedIn.System, signedIn.Browser),
            ["DEVICE_CODE"] = device.Code,
        };
        var sent = 0;
        foreach (
            var (block, command) in CodeBlock
                .Of("bash")
                .SelectMany(block => ShellCommand.Read(block.Text).Select(command => (block, command)))
                .Where(pair => pair.command.Words is ["curl", ..])
        )
        {
            var status = await SendAsync(signedIn.System, [.. command.Words.Skip(1).Select(word => Expand(word, variables))]);
            var expected =
                command.Comment.Length >= 3 && int.TryParse(command.Comment.AsSpan(0, 3), CultureInfo.InvariantCulture, out var said)
                    ? said
                    : 200;
            Assert.True(status == expected, $"{block}: {string.Join(' ', command.Words)} was answered {status}.");
            sent++;
        }

        Assert.True(sent >= 5, $"Only {sent} were found.");
    }

    private static string AdminKey { get; } = new('k', 48);

    private static string Expand(string word, Dictionary<string, string> variables)
    {
        foreach (var (name, value) in variables)
        {
            word = word.Replace("$" + name, value, StringComparison.Ordinal);
        }

        return word;
    }

    private static async Task<int> SendAsync(TestSystem system, List<string> words)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage();
        var form = new List<string>();
        for (var i = 0; i < words.Count; i++)
        {
            switch (words[i])
            {
                case "-X":
                    request.Method = new HttpMethod(words[++i]);
                    break;
                case "-u":
                    // Like curl, which encodes nothing; a test's secret has characters that need encoding.
                    var (id, secret) = words[++i].Split(':', 2) is [var user, var password]
                        ? (user, password)
                        : throw new InvalidOperationException("-u needs a password.");
                    request.Headers.Authorization = OAuthClient.Basic(id, secret);
                    break;
                case "-H":
                    request.Headers.TryAddWithoutValidation(words[i + 1].Split(':')[0], words[++i].Split(':', 2)[1].Trim());
                    break;
                case "-d" or "--data-urlencode":
                    form.Add(words[++i]);
                    break;
                case ['-', ..]:
                    Assert.Contains(words[i], new[] { "-s", "-i", "-f", "-fsS", "-sS" });
                    break;
                default:
                    var url = new Uri(words[i]);
                    request.RequestUri = new Uri(
                        (url.Host.StartsWith("auth", StringComparison.Ordinal) || url.Port == 4001 ? system.Issuer : system.McpOrigin)
                            + url.PathAndQuery
                    );
                    break;
            }
        }

        if (form.Count > 0)
        {
            request.Method = HttpMethod.Post;
            request.Content = new StringContent(
                string.Join('&', form),
                Encoding.UTF8,
                new MediaTypeHeaderValue(form[0].StartsWith('{') ? "application/json" : "application/x-www-form-urlencoded")
            );
        }

        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
