using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Storage;

/// <summary>
/// Caches what the current HTTP request has read. A request needs the same client, grant and user in many places, each of which would be a
/// round trip. A compare-and-swap may start from a cached record: if it has changed, the write fails and removes it from this cache.
/// </summary>
internal sealed class RequestMemory
{
    private readonly ConcurrentDictionary<string, Task> _reads = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, (Task<IReadOnlyList<StoredRecord?>> Read, int Number)> _expected = new(
        StringComparer.Ordinal
    );

    /// <summary>The cache of a request, created at first use.</summary>
    public static RequestMemory Of(HttpContext context)
    {
        if (context.Features.Get<RequestMemory>() is not { } memory)
        {
            context.Features.Set(memory = new RequestMemory());
        }

        return memory;
    }

    /// <summary>The cached record, or the result of <paramref name="read"/>.</summary>
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

    /// <summary>The cached or pending read; <see langword="null"/> if there is none.</summary>
    public Task<Versioned<T>?>? Find<T>(string key)
        where T : class =>
        _reads.TryGetValue(key, out var known) && known is Task<Versioned<T>?> { IsFaulted: false, IsCanceled: false } remembered
            ? remembered
            : null;

    public void Remember<T>(string key, Versioned<T>? found)
        where T : class => _reads[key] = Task.FromResult(found);

    /// <summary>Keeps records that were read together until they are recalled.</summary>
    public void Expect(IReadOnlyList<string> keys, Task<IReadOnlyList<StoredRecord?>> read)
    {
        for (var number = 0; number < keys.Count; number++)
        {
            _expected[keys[number]] = (read, number);
        }
    }

    /// <summary>The record expected under the key, once: after a failure, the next caller reads again.</summary>
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
