using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Faults;

/// <summary>What must never happen.</summary>
internal enum Bar
{
    ForcedLogout,
    StaleProviderToken,
    RevokedTokenAccepted,
    DoubleRedemption,
    WrongPerson,
}

/// <summary>Everything that happened in a run: counts, and each breach with its time.</summary>
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

    /// <summary>What happened, in order; for the search after a breach.</summary>
    public IReadOnlyCollection<string> Events => _events;

    /// <summary>The longest time of its kind.</summary>
    public IReadOnlyDictionary<string, TimeSpan> Longest => _longest;

    public int this[string what] => _counts.GetValueOrDefault(what);

    public IReadOnlyList<KeyValuePair<string, int>> Starting(string prefix) =>
        [
            .. _counts
                .Where(count => count.Key.StartsWith(prefix, StringComparison.Ordinal))
                .OrderBy(count => count.Key, StringComparer.Ordinal),
        ];

    public void Count(string what) => _counts.AddOrUpdate(what, 1, static (_, count) => count + 1);

    /// <summary>Something did not work, as may happen while things break. What differs with every request is left out of its
    /// name.</summary>
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

    /// <summary>A refresh token was exchanged for another. Whoever asks again must get the same.</summary>
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

    /// <summary>Since when the store answers; the largest value while it is away.</summary>
    public TimeSpan StoreAnswersSince { get; private set; }

    public void StoreIsAway() => StoreAnswersSince = TimeSpan.MaxValue;

    public void StoreAnswers() => StoreAnswersSince = Now;

    /// <summary>A fault is over: from here on it counts how long clients go on waiting.</summary>
    public void Mended(string kind) => _waiting.Enqueue((kind, Now));

    /// <summary>A client was given tokens that it asked for at this time.</summary>
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
