using System.Text.Json.Serialization.Metadata;

namespace McpOidc.Storage;

/// <summary>A kind of record: where it lies, how it is written, and whether the store may see what is in it.</summary>
/// <param name="Prefix">The first part of its keys, for instance <c>grant</c>.</param>
/// <param name="Contract">The source-generated contract. Made when a record of the kind is first read or written: a process that only
/// starts needs few of them.</param>
/// <param name="Encrypted">Whether the bytes are encrypted before the store sees them.</param>
internal sealed record RecordKind<T>(string Prefix, Func<JsonTypeInfo<T>> Contract, bool Encrypted)
    where T : class
{
    /// <summary>When a record that is changed goes. Default: never.</summary>
    public Func<T, DateTimeOffset> ExpiresAt { get; init; } = _ => DateTimeOffset.MaxValue;

    /// <summary>Under which indexes a record that is changed is found. Default: none.</summary>
    public Func<T, string[]> IndexesOf { get; init; } = _ => [];

    /// <summary>Whether anybody can have such records written: their bytes are counted (<see cref="IStrangerLedger"/>). Default:
    /// no.</summary>
    public bool IsOfStrangers { get; init; }

    /// <summary>How a record is written.</summary>
    public JsonTypeInfo<T> Json => Contract();

    /// <summary>The key of a record. The braces keep whatever shares the id in one slot of a Redis Cluster.</summary>
    public string Key(string id) => $"{Prefix}:{{{id}}}";

    /// <summary>How every key of this kind begins.</summary>
    public string KeyPrefix => Prefix + ":{";

    /// <summary>Whether a key is one of this kind.</summary>
    public bool Owns(string key) => key.StartsWith(KeyPrefix, StringComparison.Ordinal);

    /// <summary>The id within a key that <see cref="Key"/> made.</summary>
    public string Id(string key) => key[(Prefix.Length + 2)..^1];
}
