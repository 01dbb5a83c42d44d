using System.Collections.Concurrent;

namespace ProtectExisting;

/// <summary>The server's data. New: notes belong to a user.</summary>
public sealed class Notes
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _notes = new(StringComparer.Ordinal);

    public void Add(string person, string text) => _notes.GetOrAdd(person, _ => new()).Enqueue(text);

    public IReadOnlyCollection<string> Of(string person) => _notes.TryGetValue(person, out var notes) ? [.. notes] : [];
}
