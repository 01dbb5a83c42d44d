using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>What a fetch needs of the network. Tests put another one in its place; there is no setting that does.</summary>
internal interface IDocumentTransport
{
    /// <summary>The certificates to trust in place of the system's, or <see langword="null"/>.</summary>
    X509ChainPolicy? Trust { get; }

    /// <summary>Looks a name up. Returns when the look-up has really ended.</summary>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);

    Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken);
}
