using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Connects to a host whose addresses are all public, and to one of the very addresses that were looked at: a name that is resolved once
/// more for the connection could have moved inside meanwhile (DNS rebinding). Behind a proxy of the operator the name is looked at, and the
/// proxy has to keep to the outside.
/// </summary>
internal sealed class PinnedConnection(IDocumentTransport transport, NameLookups names, IOptions<RegistrationOptions> options)
{
    public async ValueTask<Stream> OpenAsync(DnsEndPoint host, string? caller, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host.Host.Trim('[', ']'), out var literal)
            ? [literal]
            : await names.ResolveAsync(host.Host, caller, cancellationToken);
        CheckPublic(host.Host, addresses);
        return await ConnectAsync(addresses, host.Port, "The host of the document accepts no connection.", cancellationToken);
    }

    /// <summary>Connects to the operator's proxy, which may be on any address.</summary>
    public async ValueTask<Stream> OpenProxyAsync(DnsEndPoint proxy, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        try
        {
            addresses = IPAddress.TryParse(proxy.Host.Trim('[', ']'), out var literal)
                ? [literal]
                : await transport.ResolveAsync(proxy.Host, cancellationToken).WaitAsync(cancellationToken);
        }
        catch (SocketException exception)
        {
            throw ClientDocumentException.Unreachable("The proxy cannot be resolved.", exception);
        }

        return await ConnectAsync(addresses, proxy.Port, "The proxy accepts no connection.", cancellationToken);
    }

    /// <summary>
    /// Refuses a name that leads inside, where a proxy will look it up once more. One that does not resolve here goes on: behind a proxy
    /// that is how the names of the internet are.
    /// </summary>
    /// <exception cref="ClientDocumentException">It leads inside.</exception>
    public async Task CheckNameAsync(string host, string? caller, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.Value.ClientIdMetadataDocuments.Timeout / 4);
        IPAddress[] addresses;
        try
        {
            addresses = await names.ResolveAsync(host, caller, patience.Token);
        }
        catch (ClientDocumentException exception) when (exception.IsUnreachable)
        {
            return;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return;
        }

        CheckPublic(host, addresses);
    }

    private async ValueTask<Stream> ConnectAsync(IPAddress[] addresses, int port, string problem, CancellationToken cancellationToken)
    {
        Exception? last = null;
        foreach (var address in addresses)
        {
            try
            {
                return await transport.ConnectAsync(new IPEndPoint(address, port), cancellationToken);
            }
            catch (SocketException exception)
            {
                last = exception;
            }
        }

        throw ClientDocumentException.Unreachable(problem, last);
    }

    // One inside address among public ones is an attempt to get there, not a reason to take the next.
    private void CheckPublic(string host, IPAddress[] addresses)
    {
        if (addresses.FirstOrDefault(address => !IsAllowed(host, address)) is not null)
        {
            throw ClientDocumentException.Refused("The host of the document is not on the public internet (RFC 6890).");
        }
    }

    // Draft §6.5: loopback only where the server itself is on loopback, which Development with this switch stands for.
    private bool IsAllowed(string host, IPAddress address) =>
        PublicAddress.Is(address)
        || (options.Value.ClientIdMetadataDocuments.AllowLoopback && IPAddress.IsLoopback(address) && UrlRules.IsLoopbackHost(host));
}
