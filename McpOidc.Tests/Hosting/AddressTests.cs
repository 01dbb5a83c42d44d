using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;

namespace McpOidc.Tests.Hosting;

/// <summary>Unresolvable names and hosts without IPv4 (security case H27).</summary>
public sealed class AddressTests
{
    [Fact]
    public async Task A_server_starts_even_if_the_name_of_its_identity_provider_does_not_resolve()
    {
        // .invalid never resolves (RFC 6761 §6.4); nothing may look it up during startup.
        await using var system = await TestSystem.StartAsync(options =>
            options.Provider = new IdentityProviderSettings("https://idp.invalid", "client", "secret")
        );
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        Assert.Equal("temporarily_unavailable", (await client.AuthorizeAsync(browser)).Query("error"));
    }

    [Fact]
    public async Task A_protected_server_starts_even_if_the_name_of_its_authorization_server_does_not_resolve()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:Authority", "https://auth.invalid");
        });
        using var client = system.CreateClient();
        using var call = await client.CallAsync(system.McpOrigin + "/echo", accessToken: null, HttpMethod.Post);
        Assert.Equal(HttpStatusCode.Unauthorized, call.StatusCode);
    }

    [Fact]
    public async Task A_client_that_connects_over_IPv6_is_served()
    {
        await using var system = await TestSystem.StartAsync();
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = OverIPv6Async });
        using var metadata = await http.GetAsync(system.Issuer + "/.well-known/oauth-authorization-server");
        Assert.Equal(HttpStatusCode.OK, metadata.StatusCode);
        using var client = system.CreateClient();
        using var registration = await http.PostAsJsonAsync(system.Issuer + "/register", OAuthClient.Metadata(client.RedirectUri));
        Assert.Equal(HttpStatusCode.Created, registration.StatusCode);
    }

    private static async ValueTask<Stream> OverIPv6Async(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.IPv6Loopback, context.DnsEndPoint.Port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
