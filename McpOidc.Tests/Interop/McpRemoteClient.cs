using McpOidc.Tests.Hosting;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpOidc.Tests.Interop;

/// <summary>mcp-remote as desktop applications run it: a local MCP server on stdio that connects to the remote one and signs in to
/// it.</summary>
public sealed class McpRemoteClient : IJourneyClient
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly DirectoryInfo _configuration = Directory.CreateTempSubdirectory("mcpoidc-mcp-remote-");
    private readonly BrowserBell _bell = new();
    private readonly ErrorOutput _errors = new();
    private McpClient? _client;
    private Action<string>? _heard;

    private McpRemoteClient() { }

    public int SignIns => _bell.Rings;

    public string Diagnostics => $"Browser: {_bell.Failure?.Message ?? "fine"}. mcp-remote:{Environment.NewLine}{_errors}";

    public static Task<IJourneyClient> ConnectAsync(string resource) => ConnectAsync(resource, options: []);

    public static Task<IJourneyClient> ConnectAsync(string resource, string metadataDocument) =>
        ConnectAsync(resource, ["--client-metadata-url", metadataDocument]);

    /// <param name="resource">The MCP server.</param>
    /// <param name="options">Additional arguments.</param>
    /// <param name="heard">Called with each line of its standard error.</param>
    public static async Task<IJourneyClient> ConnectAsync(string resource, string[] options, Action<string>? heard = null)
    {
        var client = new McpRemoteClient { _heard = heard };
        try
        {
            await client.StartAsync(resource, options);
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public async Task<string> CallAsync(string tool)
    {
        using var limit = new CancellationTokenSource(s_patience);
        var result = await _client!.CallToolAsync(tool, cancellationToken: limit.Token);
        var text = string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return result.IsError == true ? throw new InvalidOperationException($"{tool}: {text}") : text;
    }

    public async ValueTask DisposeAsync()
    {
        // Ends the process and its children.
        if (_client is not null)
        {
            await _client.DisposeAsync();
        }

        await _bell.DisposeAsync();
        _configuration.Delete(recursive: true);
    }

    private async Task StartAsync(string resource, string[] options)
    {
        var transport = new StdioClientTransport(
            new StdioClientTransportOptions
            {
                Name = "mcp-remote",
                Command = NodeRequirement.RequireProgram(),
                Arguments =
                [
                    Path.Combine(NodeRequirement.ModulesFolder, "mcp-remote", "dist", "proxy.js"),
                    resource,
                    $"{Loopback.FreePort()}",
                    .. options,
                ],
                InheritEnvironmentVariables = false,
                EnvironmentVariables = new Dictionary<string, string?>(_bell.Environment)
                {
                    ["MCP_REMOTE_CONFIG_DIR"] = _configuration.FullName,
                },
                StandardErrorLines = line =>
                {
                    _errors.Add(line);
                    _heard?.Invoke(line);
                },
            }
        );
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            _client = await McpClient.CreateAsync(
                transport,
                new McpClientOptions { InitializationTimeout = s_patience },
                cancellationToken: limit.Token
            );
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"{exception.Message} {Diagnostics}", exception);
        }
    }
}
