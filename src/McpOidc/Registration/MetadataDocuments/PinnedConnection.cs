using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Connects to a host whose addresses are all public, using exactly the checked addresses: a second resolution could return an internal
/// one (DNS rebinding). With the operator's proxy, the name is checked, and the proxy must block internal addresses.
/// </summary>
internal sealed class PinnedConnection(IDocumentTransport transport, NameLookups names, IOptions<RegistrationOptions> options)
{
    public async ValueTask<Stream> OpenAsync(DnsEndPoint host, string? caller, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host.Host.Trim('[', ']'), out var literal)
            ? [literal]
            : await names.ResolveAsync(host.Host, caller, cancellationToken);
        CheckPublic(host.Host, addresses);
        return await ConnectAsync(addresses, host.Port, "The document's host refuses connections.", cancellationToken);
    }

    /// <summary>Connects to the operator's proxy, which may have any address.</summary>
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

        return await ConnectAsync(addresses, proxy.Port, "The proxy refuses connections.", cancellationToken);
    }

    /// <summary>
    /// Rejects a name that resolves to an internal address, before a proxy resolves it again. A name that does not resolve here is
    /// accepted: behind a proxy, public names usually do not.
    /// </summary>
    /// <exception cref="ClientDocumentException">It resolves to an internal address.</exception>
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

    // An internal address among public ones is an attack, not a reason to try the next one.
    private void CheckPublic(string host, IPAddress[] addresses)
    {
        if (addresses.FirstOrDefault(address => !IsAllowed(host, address)) is not null)
        {
            throw ClientDocumentException.Refused("The document's host is not on the public Internet (RFC 6890).");
        }
    }

    // Draft §6.5: loopback only if the server itself is on loopback, as in Development with this setting.
    private bool IsAllowed(string host, IPAddress address) =>
        PublicAddress.Is(address)
        || (options.Value.ClientIdMetadataDocuments.AllowLoopback && IPAddress.IsLoopback(address) && UrlRules.IsLoopbackHost(host));
}
