using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// Resolves untrusted names. A look-up whose name server does not respond ends long after its callers have timed out, and blocks a thread
/// until then. So only a few run at once, each counts until it really ends, and a name that failed is not resolved again for a while.
/// </summary>
internal sealed partial class NameLookups(
    IDocumentTransport transport,
    FetchBudget budget,
    IOptions<RegistrationOptions> options,
    TimeProvider clock,
    ILogger<NameLookups> logger
) : IDisposable
{
    /// <summary>The maximum for hosts that never returned a document.</summary>
    public const int MaximumAtOnce = 8;

    /// <summary>The maximum for one address.</summary>
    public const int MaximumOfAddress = 2;

    /// <summary>The additional maximum for hosts that returned one, so that attackers cannot block their clients.</summary>
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
    /// <param name="caller">The address for which it is resolved; <see langword="null"/> if no limit by address applies.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests. Cancels this caller's wait only; the shared work
    /// continues.</param>
    /// <exception cref="ClientDocumentException">The name has no address, or it is currently unavailable.</exception>
    public async Task<IPAddress[]> ResolveAsync(string host, string? caller, CancellationToken cancellationToken)
    {
        if (_failed.TryGetValue(host, out var until) && clock.GetUtcNow() < until)
        {
            throw ClientDocumentException.Unreachable("The document's host could not be resolved a moment ago.");
        }

        var begun = new Lazy<Lookup>(() => new Lookup(RunAsync(host, caller), clock.GetUtcNow()));
        var lookup = _running.GetOrAdd(host, begun).Value;
        if (clock.GetUtcNow() - lookup.Since > Settings.Timeout)
        {
            throw ClientDocumentException.Unreachable("The name server of the document's host does not respond.");
        }

        return await lookup.Addresses.WaitAsync(cancellationToken) is { Length: > 0 } addresses
            ? addresses
            : throw ClientDocumentException.Unreachable("The document's host has no IP address.");
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
                throw ClientDocumentException.OverBudget("Too many host names are being resolved at the moment.");
            }

            // Not canceled: the system's resolver would continue anyway, without being counted.
            return await transport.ResolveAsync(host, CancellationToken.None);
        }
        catch (SocketException exception)
        {
            Remember(host);
            throw ClientDocumentException.Unreachable("The document's host cannot be resolved.", exception);
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
        "Hosts of clients' metadata documents are not resolved: {Running} look-ups wait for name servers that do not respond."
    )]
    private partial void LogFull(int running);

    private sealed record Lookup(Task<IPAddress[]> Addresses, DateTimeOffset Since);
}
