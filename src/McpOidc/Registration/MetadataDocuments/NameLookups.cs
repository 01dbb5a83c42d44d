using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Looks names up that strangers chose. A look-up whose name server is silent ends long after everybody has given up on it, and holds a
/// thread until then: few run at once, each is counted until it really returns, and a name that failed is not asked for again for a while.
/// </summary>
internal sealed partial class NameLookups(
    IDocumentTransport transport,
    FetchBudget budget,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    ILogger<NameLookups> logger
) : IDisposable
{
    /// <summary>So many at once, for hosts that never gave a document.</summary>
    public const int MaximumAtOnce = 8;

    /// <summary>So many at once for one address.</summary>
    public const int MaximumOfAddress = 2;

    /// <summary>So many more for hosts that gave one: no stranger keeps their clients out.</summary>
    private const int Reserve = 4;
    private const int MaximumRemembered = 10_000;
    private static readonly TimeSpan s_logInterval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _slots = new(MaximumAtOnce);
    private readonly SemaphoreSlim _reserve = new(Reserve);
    private readonly ConcurrentDictionary<string, Lazy<Lookup>> _running = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _failed = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, int> _ofAddress = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private DateTimeOffset _loggedAt = DateTimeOffset.MinValue;

    private ClientIdMetadataDocumentOptions Settings => options.Value.ClientIdMetadataDocuments;

    /// <param name="host">The name.</param>
    /// <param name="caller">The address for which it is looked up; <see langword="null"/> where no limit by address holds.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Cancels this caller's wait only; the shared work continues.</param>
    /// <exception cref="ClientDocumentException">The name has no address, or none now.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, string? caller, CancellationToken cancellationToken)
    {
        if (_failed.TryGetValue(host, out var until) && clock.GetUtcNow() < until)
        {
            throw ClientDocumentException.Unreachable("The host of the document could not be resolved a moment ago.");
        }

        var begun = new Lazy<Lookup>(() => new Lookup(RunAsync(host, caller), clock.GetUtcNow()));
        var lookup = _running.GetOrAdd(host, begun).Value;
        if (clock.GetUtcNow() - lookup.Since > Settings.Timeout)
        {
            throw ClientDocumentException.Unreachable("The name server of the host of the document does not answer.");
        }

        return await lookup.Addresses.WaitAsync(cancellationToken) is { Length: > 0 } addresses
            ? addresses
            : throw ClientDocumentException.Unreachable("The host of the document has no address.");
    }

    public void Dispose()
    {
        _slots.Dispose();
        _reserve.Dispose();
    }

    private async Task<IPAddress[]> RunAsync(string host, string? caller)
    {
        await Task.Yield();
        SemaphoreSlim? slot = null;
        var isCounted = false;
        try
        {
            isCounted = TryCount(caller);
            slot = isCounted ? await TryEnterAsync(host) : null;
            if (slot is null)
            {
                LogFullNow();
                throw ClientDocumentException.OverBudget("Too many names of hosts are being looked up at the moment.");
            }

            // Not to be given up: the system's resolver goes on anyway, and would be counted by nobody.
            return await transport.ResolveAsync(host, CancellationToken.None);
        }
        catch (SocketException exception)
        {
            Remember(host);
            throw ClientDocumentException.Unreachable("The host of the document cannot be resolved.", exception);
        }
        finally
        {
            slot?.Release();
            if (isCounted)
            {
                Uncount(caller);
            }

            _running.TryRemove(host, out _);
        }
    }

    private async Task<SemaphoreSlim?> TryEnterAsync(string host) =>
        await _slots.WaitAsync(budget.IsTrusted(host) ? TimeSpan.Zero : Settings.Timeout) ? _slots
        : budget.IsTrusted(host) && await _reserve.WaitAsync(Settings.Timeout) ? _reserve
        : null;

    private bool TryCount(string? caller)
    {
        lock (_lock)
        {
            var count = caller is null ? 0 : _ofAddress.GetValueOrDefault(caller);
            if (count >= MaximumOfAddress)
            {
                return false;
            }

            if (caller is not null)
            {
                _ofAddress[caller] = count + 1;
            }

            return true;
        }
    }

    private void Uncount(string? caller)
    {
        lock (_lock)
        {
            if (caller is not null && --_ofAddress[caller] == 0)
            {
                _ofAddress.Remove(caller);
            }
        }
    }

    private void Remember(string host)
    {
        if (_failed.Count >= MaximumRemembered)
        {
            _failed.Clear();
        }

        _failed[host] = clock.GetUtcNow() + Settings.FailureCacheLifetime;
    }

    private void LogFullNow()
    {
        lock (_lock)
        {
            if (clock.GetUtcNow() - _loggedAt < s_logInterval)
            {
                return;
            }

            _loggedAt = clock.GetUtcNow();
        }

        LogFull(_running.Count);
    }

    [LoggerMessage(
        1214,
        LogLevel.Warning,
        "Hosts of clients' metadata documents are not looked up: {Running} look-ups are under way whose name servers do not answer."
    )]
    private partial void LogFull(int running);

    private sealed record Lookup(Task<IPAddress[]> Addresses, DateTimeOffset Since);
}
