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
    public Task<Versioned<T>?> RecallAsync<T>(string key, Func<Task<Versioned<T>?>> read) where T : class
    {
        if (_reads.TryGetValue(key, out var known) && known is Task<Versioned<T>?> { IsFaulted: false, IsCanceled: false } remembered)
        {
            return remembered;
        }

        var reading = read();
        _reads[key] = reading;
        return reading;
    }

    public void Forget(string key) => _reads.TryRemove(key, out _);
}
