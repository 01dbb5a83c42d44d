using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Audit;

/// <summary>
/// The last events of this process, for operators who look. Several rings, so that a thousand good sign-ins do not push a theft out, and
/// nothing that strangers do pushes out what operators and people did. What happens with every use of a client is only in the log.
/// </summary>
internal sealed class AuditRing(IOptions<AdminOptions> options, TimeProvider clock)
{
    /// <summary>How many of each ring are kept.</summary>
    public const int Capacity = 200;

    private static readonly string[] s_routine = ["token.refreshed", "idp_token.exchanged"];
    private static readonly string[] s_byAnybody =
    [
        "client.registered",
        "client.document_changed",
        "client.authentication_failed",
        "sign_in.failed",
        "consent.denied",
        "limit.reached",
    ];

    private readonly Lock _lock = new();
    private readonly Queue<AuditEvent> _usual = new();
    private readonly Queue<AuditEvent> _warnings = new();
    private readonly Queue<AuditEvent> _byAnybody = new();
    private long _added;

    /// <summary>Whether anybody could look: an operators' key or claim is configured.</summary>
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

    /// <summary>What is kept, oldest first.</summary>
    public AuditEvent[] Read()
    {
        lock (_lock)
        {
            return [.. _usual.Concat(_warnings).Concat(_byAnybody).OrderBy(one => one.At)];
        }
    }
}
