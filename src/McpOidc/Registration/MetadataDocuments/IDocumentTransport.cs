using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>The network access of a fetch. Only tests replace it; there is no setting for it.</summary>
internal interface IDocumentTransport
{
    /// <summary>The certificates to trust instead of the system's, or <see langword="null"/>.</summary>
    X509ChainPolicy? Trust { get; }

    /// <summary>Resolves a name. Completes when the look-up has really ended.</summary>
    Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken);

    Task<Stream> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken);
}
