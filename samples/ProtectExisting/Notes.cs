using System.Collections.Concurrent;

namespace ProtectExisting;

/// <summary>What the server was about before it was protected. New: notes belong to a person.</summary>
public sealed class Notes
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _notes = new(StringComparer.Ordinal);

    public void Add(string person, string text) => _notes.GetOrAdd(person, _ => new()).Enqueue(text);

    public IReadOnlyCollection<string> Of(string person) => _notes.TryGetValue(person, out var notes) ? [.. notes] : [];
}
