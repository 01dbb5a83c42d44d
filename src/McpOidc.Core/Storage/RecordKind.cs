using System.Text.Json.Serialization.Metadata;

namespace McpOidc.Storage;

/// <summary>A kind of record: its keys, its JSON contract, and whether it is encrypted.</summary>
/// <param name="Prefix">The first part of its keys, for instance <c>grant</c>.</param>
/// <param name="Contract">The source-generated contract. Created at the first read or write of the kind, because a process that only
/// starts needs few of them.</param>
/// <param name="Encrypted">Whether the bytes are encrypted before the store sees them.</param>
internal sealed record RecordKind<T>(string Prefix, Func<JsonTypeInfo<T>> Contract, bool Encrypted)
    where T : class
{
    /// <summary>When a changed record expires. Default: never.</summary>
    public Func<T, DateTimeOffset> ExpiresAt { get; init; } = _ => DateTimeOffset.MaxValue;

    /// <summary>The indexes of a changed record. Default: none.</summary>
    public Func<T, string[]> IndexesOf { get; init; } = _ => [];

    /// <summary>Whether unauthenticated callers can cause such records to be written: their bytes are counted (
    /// <see cref="IStrangerLedger"/>). Default: no.</summary>
    public bool IsOfStrangers { get; init; }

    /// <summary>The JSON contract.</summary>
    public JsonTypeInfo<T> Json => Contract();

    /// <summary>The key of a record. The braces put all keys with the same id into one slot of a Redis Cluster.</summary>
    public string Key(string id) => $"{Prefix}:{{{id}}}";

    /// <summary>The prefix of all keys of this kind.</summary>
    public string KeyPrefix => Prefix + ":{";

    /// <summary>Whether a key is of this kind.</summary>
    public bool Owns(string key) => key.StartsWith(KeyPrefix, StringComparison.Ordinal);

    /// <summary>The id in a key created by <see cref="Key"/>.</summary>
    public string Id(string key) => key[(Prefix.Length + 2)..^1];
}
