using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Ends the grants of clients that the settings block (<c>Registration:Blocked</c> and <c>Registration:NotBefore</c>), once they
/// do. <see cref="RegisteredClients"/> rejects their new requests.</summary>
internal sealed partial class RefusedClientsHostedService(
    IOptions<RegistrationOptions> options,
    IMcpOidcStore store,
    RecordStore records,
    Grants grants,
    ILogger<RefusedClientsHostedService> logger
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            foreach (var id in options.Value.Blocked.Select(ClientIdDigest.Of))
            {
                await grants.RevokeAllAsync(subject: null, id, stoppingToken);
            }

            if (options.Value.NotBefore is { } notBefore)
            {
                await EndOlderAsync(notBefore, stoppingToken);
            }
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // Refreshes and codes are rejected in any case; access tokens remain valid until they expire.
            LogNotEnded(exception);
        }
    }

    private async Task EndOlderAsync(DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        await foreach (var key in store.ScanAsync(ServerKeys.Client.KeyPrefix, cancellationToken))
        {
            var id = ServerKeys.Client.Id(key);
            if (
                ClientIdDigest.Is(id)
                && await records.GetAsync(ServerKeys.Client, id, cancellationToken) is { Value.BlockedAt: null } client
                && client.Value.CreatedAt < notBefore
            )
            {
                await grants.RevokeAllAsync(subject: null, id, cancellationToken);
                // The next start need not do it again.
                await records.RemoveAsync(ServerKeys.Client, id, cancellationToken, client.Version);
            }
        }
    }

    [LoggerMessage(1209, LogLevel.Warning, "Not all grants of blocked clients could be ended.")]
    private partial void LogNotEnded(Exception exception);
}
