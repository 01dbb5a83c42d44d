using System.Security.Cryptography;

namespace McpOidc.Keys;

/// <summary>The stored root keys, each wrapped by every secret that may open it.</summary>
internal sealed record RootKeySet
{
    /// <summary>The secret that the newest configuration names. One that is only a previous one of it changes nothing here.</summary>
    public required string Primary { get; init; }

    public required RootKeyRecord[] Keys { get; init; }

    /// <summary>A set with one key, in use at once.</summary>
    public static RootKeySet Create(IReadOnlyList<IKeyWrap> wraps, DateTimeOffset now) =>
        new() { Primary = wraps[0].Id, Keys = [RootKeyRecord.Create(wraps, now, now)] };

    /// <summary>
    /// This set for the secrets of a newer configuration: the keys there are wrapped anew, and a further key is added, which a secret that
    /// is given up never opened. <see langword="null"/> when there is nothing to change.
    /// </summary>
    public RootKeySet? For(
        IReadOnlyList<IKeyWrap> wraps,
        IReadOnlyDictionary<uint, byte[]> opened,
        DateTimeOffset now,
        DateTimeOffset usableFrom
    )
    {
        string[] wanted = [.. wraps.Select(wrap => wrap.Id)];
        string[] present = [.. Keys[^1].Wraps.Select(wrap => wrap.Secret)];
        if (wanted.ToHashSet().SetEquals(present) && Primary == wanted[0])
        {
            return null;
        }

        // A process that was started before the newest secret was configured: it knows its own as the only one.
        if (Primary != wanted[0] && present.Contains(wanted[0]))
        {
            return null;
        }

        return new RootKeySet
        {
            Primary = wanted[0],
            Keys =
            [
                .. Keys.Select(key => key with { Wraps = RootKeyRecord.WrapAll(opened[key.Id], key.Id, wraps) }),
                RootKeyRecord.Create(wraps, now, usableFrom),
            ],
        };
    }
}

/// <summary>One root key.</summary>
internal sealed record RootKeyRecord
{
    public required uint Id { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it is used, so that every process has read it by then.</summary>
    public required DateTimeOffset UsableFrom { get; init; }
    public required WrappedKey[] Wraps { get; init; }

    public static RootKeyRecord Create(IReadOnlyList<IKeyWrap> wraps, DateTimeOffset now, DateTimeOffset usableFrom)
    {
        var id = BitConverter.ToUInt32(RandomNumberGenerator.GetBytes(sizeof(uint)));
        return new RootKeyRecord
        {
            Id = id,
            CreatedAt = now,
            UsableFrom = usableFrom,
            Wraps = WrapAll(RandomNumberGenerator.GetBytes(32), id, wraps),
        };
    }

    public static WrappedKey[] WrapAll(byte[] key, uint id, IReadOnlyList<IKeyWrap> wraps) =>
        [.. wraps.Select(wrap => new WrappedKey(wrap.Id, wrap.Wrap(key, id)))];
}

/// <param name="Secret">The id of the secret or certificate.</param>
/// <param name="Value">The key as that one wrapped it.</param>
internal sealed record WrappedKey(string Secret, byte[] Value);
