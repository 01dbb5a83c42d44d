using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace McpOidc.Tests.Hosting;

/// <summary>The official C# MCP client, with a <see cref="Browser"/> in place of the user.</summary>
public sealed class SdkClient : IJourneyClient
{
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(60) };
    private readonly McpClient _client;

    private SdkClient(McpClient client, Browser browser, Counter signIns)
    {
        _client = client;
        Browser = browser;
        _signIns = signIns;
    }

    private readonly Counter _signIns;

    public Browser Browser { get; }

    /// <summary>How often the user had to sign in with the browser.</summary>
    public int SignIns => _signIns.Value;

    public static async Task<SdkClient> ConnectAsync(
        string resource,
        Browser? browser = null,
        HttpMessageHandler? handler = null,
        Uri? metadataDocument = null
    )
    {
        browser ??= new Browser();
        var signIns = new Counter();
        var redirectUri = new Uri($"http://localhost:{Loopback.FreePort()}/callback");
        var transport = new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Endpoint = new Uri(resource),
                TransportMode = HttpTransportMode.StreamableHttp,
                OAuth = new ClientOAuthOptions
                {
                    RedirectUri = redirectUri,
                    ClientMetadataDocumentUri = metadataDocument,
                    DynamicClientRegistration = new DynamicClientRegistrationOptions { ClientName = "C# SDK" },
                    AuthorizationCallbackHandler = async (context, cancellationToken) =>
                    {
                        signIns.Value++;
                        var result = await browser.OpenAsync(
                            context.AuthorizationUri.AbsoluteUri,
                            uri => uri.AbsoluteUri.StartsWith(redirectUri.AbsoluteUri, StringComparison.Ordinal)
                        );
                        if (
                            result.Query("state") is null
                            || !context.AuthorizationUri.Query.Contains("state=" + result.Query("state"), StringComparison.Ordinal)
                        )
                        {
                            throw new InvalidOperationException(
                                $"{context.AuthorizationUri} The browser ended at {result.Uri}: {result.Html}"
                            );
                        }

                        return new AuthorizationResult
                        {
                            Code = result.Query("code"),
                            State = result.Query("state"),
                            Iss = result.Query("iss"),
                        };
                    },
                },
            },
            new HttpClient(handler ?? new SocketsHttpHandler()),
            ownsHttpClient: true
        );
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        return new SdkClient(await McpClient.CreateAsync(transport, cancellationToken: deadline.Token), browser, signIns);
    }

    /// <summary>Calls a tool and returns its text.</summary>
    public Task<string> CallAsync(string tool) => CallAsync(tool, []);

    /// <summary>Calls a tool with arguments and returns its text.</summary>
    public async Task<string> CallAsync(string tool, params (string Name, object? Value)[] arguments)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var result = await _client.CallToolAsync(
            tool,
            arguments.ToDictionary(argument => argument.Name, argument => argument.Value),
            cancellationToken: deadline.Token
        );
        var text = string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return result.IsError == true ? throw new InvalidOperationException(text) : text;
    }

    public async Task<string> ListAsync(string kind)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var names = kind switch
        {
            "tools" => (await _client.ListToolsAsync(cancellationToken: deadline.Token)).Select(tool => tool.Name),
            "prompts" => (await _client.ListPromptsAsync(cancellationToken: deadline.Token)).Select(prompt => prompt.Name),
            "resources" => (await _client.ListResourcesAsync(cancellationToken: deadline.Token)).Select(resource => resource.Name),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No such list."),
        };
        return string.Join(' ', names.Order(StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        _http.Dispose();
        Browser.Dispose();
    }

    private sealed class Counter
    {
        public int Value { get; set; }
    }
}
