using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Connects to a host whose addresses are all public, and to one of the very addresses that were looked at: a name that is resolved once
/// more for the connection could have moved inside meanwhile (DNS rebinding).
/// </summary>
internal sealed class PinnedConnection(IDocumentTransport transport, IOptions<RegistrationOptions> options)
{
    public async ValueTask<Stream> OpenAsync(DnsEndPoint host, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(host.Host, cancellationToken);
        // One inside address among public ones is an attempt to get there, not a reason to take the next.
        if (addresses.FirstOrDefault(address => !IsAllowed(host.Host, address)) is not null)
        {
            throw ClientDocumentException.Refused("The host of the document is not on the public internet (RFC 6890).");
        }

        Exception? last = null;
        foreach (var address in addresses)
        {
            try
            {
                return await transport.ConnectAsync(new IPEndPoint(address, host.Port), cancellationToken);
            }
            catch (SocketException exception)
            {
                last = exception;
            }
        }

        throw ClientDocumentException.Unavailable("The host of the document accepts no connection.", last);
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var literal))
        {
            return [literal];
        }

        try
        {
            return await transport.ResolveAsync(host, cancellationToken) is { Length: > 0 } addresses
                ? addresses
                : throw ClientDocumentException.Unavailable("The host of the document has no address.");
        }
        catch (SocketException exception)
        {
            throw ClientDocumentException.Unavailable("The host of the document cannot be resolved.", exception);
        }
    }

    // Draft §6.5: loopback only where the server itself is on loopback, which Development with this switch stands for.
    private bool IsAllowed(string host, IPAddress address) =>
        PublicAddress.Is(address)
        || (options.Value.ClientIdMetadataDocuments.AllowLoopback && IPAddress.IsLoopback(address) && UrlRules.IsLoopbackHost(host));
}
