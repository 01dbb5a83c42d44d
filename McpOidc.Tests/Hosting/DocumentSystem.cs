using System.Net.Sockets;
using System.Text.Json.Nodes;
using McpOidc.Registration.MetadataDocuments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpOidc.Tests.Hosting;

/// <summary>A system inside a simulated internet whose pages the test supplies.</summary>
public sealed class DocumentSystem : IAsyncLifetime, IAsyncDisposable
{
    private readonly Action<TestSystemOptions, DocumentHost>? _configure;
    private readonly TestStore? _store;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private int _urls;
    private bool _isCutOff;

    public DocumentSystem()
        : this(null, null) { }

    private DocumentSystem(Action<TestSystemOptions, DocumentHost>? configure, TestStore? store) =>
        (_configure, _store) = (configure, store);

    public TestSystem System { get; private set; } = null!;

    public DocumentHost Host { get; private set; } = null!;

    internal FixtureTransport Transport { get; private set; } = null!;

    public static Task<DocumentSystem> StartAsync(Action<TestSystemOptions>? configure = null, TestStore? store = null) =>
        StartAsync((options, _) => configure?.Invoke(options), store);

    /// <param name="configure">Configures the system; also receives the simulated web servers.</param>
    /// <param name="store">The store.</param>
    /// <param name="isCutOff">Whether the simulated internet is unreachable.</param>
    public static async Task<DocumentSystem> StartAsync(
        Action<TestSystemOptions, DocumentHost> configure,
        TestStore? store = null,
        bool isCutOff = false
    )
    {
        var system = new DocumentSystem(configure, store) { _isCutOff = isCutOff };
        await system.InitializeAsync();
        return system;
    }

    public async Task InitializeAsync()
    {
        Host = await DocumentHost.StartAsync();
        Transport = new FixtureTransport(Host) { Lookups = _isCutOff ? SocketError.HostNotFound : null };
        System = await TestSystem.StartAsync(
            options =>
            {
                options.Server = mcpOidc => mcpOidc.Services.Replace(ServiceDescriptor.Singleton<IDocumentTransport>(Transport));
                _configure?.Invoke(options, Host);
            },
            _store
        );
    }

    async Task IAsyncLifetime.DisposeAsync() => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await System.DisposeAsync();
        await Host.DisposeAsync();
    }

    /// <summary>A URL on a new host, because each host has its own budget.</summary>
    public string NewUrl(string prefix = "client") => $"https://{prefix}{Interlocked.Increment(ref _urls)}.example/oauth/client.json";

    /// <summary>A valid document.</summary>
    public static JsonObject Document(string url, params string[] redirectUris) =>
        new()
        {
            ["client_id"] = url,
            ["client_name"] = "Documented client",
            ["redirect_uris"] = new JsonArray([
                .. (redirectUris.Length > 0 ? redirectUris : [OAuthClient.DefaultRedirectUri]).Select(uri => (JsonNode)uri),
            ]),
        };

    /// <summary>Publishes a valid document on a new host.</summary>
    public string Publish(Action<JsonObject>? change = null, params (string Name, string Value)[] headers)
    {
        var url = NewUrl();
        Publish(url, change, headers);
        return url;
    }

    public void Publish(string url, Action<JsonObject>? change = null, params (string Name, string Value)[] headers)
    {
        var document = Document(url);
        change?.Invoke(document);
        Host.Serve(url, document, headers);
    }

    public OAuthClient CreateClient(string url, string redirectUri = OAuthClient.DefaultRedirectUri)
    {
        var client = System.CreateClient();
        (client.ClientId, client.RedirectUri) = (url, redirectUri);
        return client;
    }

    /// <summary>Starts a sign-in: 303 if the client is accepted, otherwise the status and text of the error page.</summary>
    public async Task<(int Status, string Text)> AuthorizeAsync(string url, string redirectUri = OAuthClient.DefaultRedirectUri)
    {
        using var client = CreateClient(url, redirectUri);
        using var request = new HttpRequestMessage(HttpMethod.Get, client.AuthorizeUrl());
        request.Headers.Accept.ParseAdd("text/html");
        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async Task AssertAcceptedAsync(string url)
    {
        var (status, text) = await AuthorizeAsync(url);
        Assert.True(status == 303, $"{status} {text}");
    }

    public async Task AssertRefusedAsync(string url, string reason, int status = 400)
    {
        var answer = await AuthorizeAsync(url);
        Assert.True(
            answer.Status == status && global::System.Net.WebUtility.HtmlDecode(answer.Text).Contains(reason, StringComparison.Ordinal),
            $"{answer.Status} {answer.Text}"
        );
    }
}
