using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Storage;

/// <summary>
/// What the current HTTP request has read already. One request asks for the same client, grant and person in many places; each is one round
/// trip. Whoever decides by compare-and-swap may decide by what was read a moment ago: a record that has changed since refuses the write,
/// and the refused write forgets it here.
/// </summary>
internal sealed class RequestMemory
{
    private readonly ConcurrentDictionary<string, Task> _reads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (Task<IReadOnlyList<StoredRecord?>> Read, int Number)> _expected = new(
        StringComparer.Ordinal
    );

    /// <summary>The memory of a request; made when it is first asked for.</summary>
    public static RequestMemory Of(HttpContext context)
    {
        if (context.Features.Get<RequestMemory>() is not { } memory)
        {
            context.Features.Set(memory = new RequestMemory());
        }

        return memory;
    }

    /// <summary>What was read under the key, or what <paramref name="read"/> gives now.</summary>
    public Task<Versioned<T>?> RecallAsync<T>(string key, Func<Task<Versioned<T>?>> read)
        where T : class
    {
        if (Find<T>(key) is { } remembered)
        {
            return remembered;
        }

        var reading = read();
        _reads[key] = reading;
        return reading;
    }

    /// <summary>What was read under the key, or is being read; <see langword="null"/> where nothing was.</summary>
    public Task<Versioned<T>?>? Find<T>(string key)
        where T : class =>
        _reads.TryGetValue(key, out var known) && known is Task<Versioned<T>?> { IsFaulted: false, IsCanceled: false } remembered
            ? remembered
            : null;

    public void Remember<T>(string key, Versioned<T>? found)
        where T : class => _reads[key] = Task.FromResult(found);

    /// <summary>Keeps records that are read together, each until somebody recalls it.</summary>
    public void Expect(IReadOnlyList<string> keys, Task<IReadOnlyList<StoredRecord?>> read)
    {
        for (var number = 0; number < keys.Count; number++)
        {
            _expected[keys[number]] = (read, number);
        }
    }

    /// <summary>The record that is expected under the key, once: whoever comes after a failure reads anew.</summary>
    public bool TryTakeExpected(string key, out Task<IReadOnlyList<StoredRecord?>> read, out int number)
    {
        var known = _expected.TryRemove(key, out var expected);
        (read, number) = expected;
        return known;
    }

    public void Forget(string key)
    {
        _reads.TryRemove(key, out _);
        _expected.TryRemove(key, out _);
    }
}
