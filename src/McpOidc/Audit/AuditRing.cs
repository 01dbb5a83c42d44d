using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Audit;

/// <summary>
/// The recent events of this process, for operators. There are several rings, so that a thousand successful sign-ins do not displace a
/// theft, and unauthenticated callers cannot displace the events of operators and users. Events of every use of a client are only in the
/// log.
/// </summary>
internal sealed class AuditRing(IOptions<AdminOptions> options, TimeProvider clock)
{
    /// <summary>The capacity of each ring.</summary>
    public const int Capacity = 200;

    private static readonly string[] s_routine = ["token.refreshed", "idp_token.exchanged"];
    private static readonly string[] s_byAnybody =
    [
        "client.registered",
        // With its own registration access token.
        "client.changed",
        "client.deleted",
        "client.document_changed",
        "client.authentication_failed",
        "sign_in.failed",
        // With an account at a provider where anyone can have one.
        "sign_in.refused",
        "consent.denied",
        "limit.reached",
    ];

    private readonly Lock _lock = new();
    private readonly Queue<AuditEvent> _usual = new();
    private readonly Queue<AuditEvent> _warnings = new();
    private readonly Queue<AuditEvent> _byAnybody = new();
    private long _added;

    /// <summary>Whether an operators' key or claim is configured, without which the events cannot be viewed.</summary>
    public bool IsKept { get; } = options.Value.Key is { Length: > 0 } || options.Value.HasClaim;

    /// <summary>Changes with every event.</summary>
    public long Added => Interlocked.Read(ref _added);

    public void Add(string name, string level, IReadOnlyDictionary<string, string> fields)
    {
        if (s_routine.Contains(name))
        {
            return;
        }

        lock (_lock)
        {
            var ring =
                s_byAnybody.Contains(name) ? _byAnybody
                : level == "Warning" ? _warnings
                : _usual;
            ring.Enqueue(new AuditEvent(clock.GetUtcNow(), name, level, fields));
            if (ring.Count > Capacity)
            {
                ring.Dequeue();
            }

            _added++;
        }
    }

    /// <summary>The stored events, oldest first.</summary>
    public AuditEvent[] Read()
    {
        lock (_lock)
        {
            return [.. _usual.Concat(_warnings).Concat(_byAnybody).OrderBy(one => one.At)];
        }
    }
}
