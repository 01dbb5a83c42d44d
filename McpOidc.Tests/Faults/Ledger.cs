using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Faults;

/// <summary>The kinds of breach that a run must never show.</summary>
internal enum Bar
{
    ForcedLogout,
    StaleProviderToken,
    RevokedTokenAccepted,
    DoubleRedemption,
    WrongPerson,
}

/// <summary>Everything that happened in a run: counts, and each breach with a timestamp.</summary>
internal sealed partial class Ledger
{
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _successors = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TimeSpan> _longest = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<(string Kind, TimeSpan Mended)> _waiting = new();
    private readonly ConcurrentQueue<(Bar Bar, string Text)> _breaches = new();
    private readonly ConcurrentQueue<string> _events = new();

    public TimeSpan Now => Stopwatch.GetElapsedTime(_began);

    public IReadOnlyCollection<(Bar Bar, string Text)> Breaches => _breaches;

    /// <summary>The events in order, for investigating a breach.</summary>
    public IReadOnlyCollection<string> Events => _events;

    /// <summary>The longest duration of each kind.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Longest => _longest;

    public int this[string what] => _counts.GetValueOrDefault(what);

    public IReadOnlyList<KeyValuePair<string, int>> Starting(string prefix) =>
        [
            .. _counts
                .Where(count => count.Key.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(count => count.Key, StringComparer.Ordinal),
        ];

    public void Count(string what) => _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);

    /// <summary>Records a failure that is acceptable during faults. Its name omits details that differ with every request.</summary>
    public void Failed(string what, int status, string text)
    {
        var name = Identifiers().Replace($"failed: {what}, {status} {text}", "").ReplaceLineEndings(" ");
        Count(name[..Math.Min(name.Length, 110)]);
    }

    public void Note(string text) => _events.Enqueue($"{Now.TotalSeconds, 7:F2} {DateTime.UtcNow:HH:mm:ss.fff} {text}");

    public void Breach(Bar bar, string text)
    {
        _breaches.Enqueue((bar, $"{Now.TotalSeconds:F2} s: {text}"));
        Note($"BREACH {bar} {text}");
    }

    public void Took(string what, TimeSpan time) => _longest.AddOrUpdate(what, time, (_, longest) => time > longest ? time : longest);

    /// <summary>A refresh token was exchanged for its successor. A repeated request must get the same one.</summary>
    public void Succeeded(string refreshToken, string successor, string who)
    {
        if (_successors.TryAdd(refreshToken, successor))
        {
            return;
        }

        Count("successors given again");
        if (_successors[refreshToken] != successor)
        {
            Breach(Bar.DoubleRedemption, $"{who} got a second successor of one refresh token");
        }
    }

    /// <summary>When the store last became available; the maximum value while it is unavailable.</summary>
    public TimeSpan StoreAnswersSince { get; private set; }

    public void StoreIsAway() => StoreAnswersSince = TimeSpan.MaxValue;

    public void StoreAnswers() => StoreAnswersSince = Now;

    /// <summary>A fault is over: starts measuring how long clients still wait.</summary>
    public void Mended(string kind) => _waiting.Enqueue((kind, Now));

    /// <summary>A client received tokens that it requested at this time.</summary>
    public void Works(TimeSpan askedAt)
    {
        while (_waiting.TryPeek(out var fault) && fault.Mended <= askedAt && _waiting.TryDequeue(out fault))
        {
            Took($"to work again after {fault.Kind}", Now - fault.Mended);
        }
    }

    [GeneratedRegex(@"(?<=""id"":)\d+|(?<=error_description"":).*")]
    private static partial Regex Identifiers();
}
