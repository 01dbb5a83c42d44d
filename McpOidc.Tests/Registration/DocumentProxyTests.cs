using System.Net;
using System.Net.Sockets;
using System.Text;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>Documents fetched through the operator's proxy, and no other (F26).</summary>
public sealed class DocumentProxyTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_document_is_fetched_through_the_configured_proxy_whether_or_not_its_name_resolves_locally(bool resolves)
    {
        await using var system = await StartAsync();
        system.Documents.Transport.Lookups = resolves ? null : SocketError.HostNotFound;
        var url = system.Documents.Publish();
        await system.Documents.AssertAcceptedAsync(url);
        Assert.Single(system.Documents.Host.RequestsFor(url));
        Assert.Contains($"CONNECT {new Uri(url).Host}:443 ", Assert.Single(system.Proxy.Requests), StringComparison.Ordinal);
        Assert.All(system.Documents.Transport.Connected, address => Assert.True(IPAddress.IsLoopback(address)));
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("fd00::1")]
    public async Task A_host_name_that_resolves_to_an_internal_address_is_refused_before_the_proxy_is_contacted(string address)
    {
        await using var system = await StartAsync();
        var url = system.Documents.Publish();
        system.Documents.Transport.Map(new Uri(url).Host, () => [IPAddress.Parse(address)]);
        await system.Documents.AssertRefusedAsync(url, "not on the public Internet");
        Assert.Empty(system.Proxy.Requests);
    }

    [Theory]
    [InlineData("https://10.0.0.1/client.json")]
    [InlineData("https://[fd00::1]/client.json")]
    [InlineData("https://wiki/client.json")]
    [InlineData("https://vault.internal/client.json")]
    [InlineData("https://printer.local/client.json")]
    [InlineData("https://localhost/client.json")]
    public async Task An_internal_host_is_refused_by_its_name(string url)
    {
        await using var system = await StartAsync();
        Assert.Equal(400, (await system.Documents.AuthorizeAsync(url)).Status);
        Assert.Empty(system.Proxy.Requests);
    }

    [Fact]
    public async Task The_proxy_gets_credentials_if_it_asks_for_them()
    {
        await using var system = await StartAsync("mcp:p%40ss@");
        system.Proxy.Wanted = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes("mcp:p@ss"));
        await system.Documents.AssertAcceptedAsync(system.Documents.Publish());
    }

    [Fact]
    public async Task A_shipped_document_is_used_when_the_proxy_does_not_work()
    {
        await using var system = await StartAsync();
        system.Proxy.Refusal = "502 Bad Gateway";
        Assert.Equal(503, (await system.Documents.AuthorizeAsync(system.Documents.Publish())).Status);
        var (status, _) = await system.Documents.AuthorizeAsync(
            "https://claude.ai/oauth/claude-code-client-metadata",
            "http://localhost:43123/callback"
        );
        Assert.Equal(303, status);
    }

    private static async Task<ProxiedSystem> StartAsync(string user = "")
    {
        ConnectProxy? proxy = null;
        // The proxy leads to the documents, whose host is running by the time its address is read.
        var documents = await DocumentSystem.StartAsync(
            (options, host) =>
            {
                proxy = new ConnectProxy(host.EndPoint);
                options.Set(
                    ShippedDocumentTests.Setting("Proxy"),
                    proxy.Url.Replace("http://", $"http://{user}", StringComparison.Ordinal)
                );
            }
        );
        return new ProxiedSystem(documents, proxy!);
    }

    private sealed record ProxiedSystem(DocumentSystem Documents, ConnectProxy Proxy) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Documents.DisposeAsync();
            await Proxy.DisposeAsync();
        }
    }
}
