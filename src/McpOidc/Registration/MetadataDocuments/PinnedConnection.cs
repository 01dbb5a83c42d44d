using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Connects to a host whose addresses are all public, and to one of the very addresses that were looked at: a name that is resolved once
/// more for the connection could have moved inside meanwhile (DNS rebinding).
/// </summary>
internal sealed class PinnedConnection(IDocumentTransport transport, NameLookups names, IOptions<RegistrationOptions> options)
{
    public async ValueTask<Stream> OpenAsync(DnsEndPoint host, string? caller, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(host.Host.Trim('[', ']'), out var literal)
            ? [literal]
            : await names.ResolveAsync(host.Host, caller, cancellationToken);
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

    // Draft §6.5: loopback only where the server itself is on loopback, which Development with this switch stands for.
    private bool IsAllowed(string host, IPAddress address) =>
        PublicAddress.Is(address)
        || (options.Value.ClientIdMetadataDocuments.AllowLoopback && IPAddress.IsLoopback(address) && UrlRules.IsLoopbackHost(host));
}
