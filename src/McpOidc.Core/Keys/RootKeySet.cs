using System.Security.Cryptography;

namespace McpOidc.Keys;

/// <summary>The stored root keys, each wrapped with every secret that may unwrap it.</summary>
internal sealed record RootKeySet
{
    /// <summary>The secret of the newest configuration. A process that knows it only as a previous one changes nothing here.</summary>
    public required string Primary { get; init; }

    public required RootKeyRecord[] Keys { get; init; }

    /// <summary>Creates a set with one key, in use immediately.</summary>
    public static RootKeySet Create(IReadOnlyList<IKeyWrap> wraps, DateTimeOffset now) =>
        new() { Primary = wraps[0].Id, Keys = [RootKeyRecord.Create(wraps, now, now)] };

    /// <summary>
    /// Returns this set for the secrets of a newer configuration: its keys are wrapped again, and a new key is added that a retired secret
    /// never unwrapped. <see langword="null"/> if nothing changes.
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
        // A process that started before the newest secret was configured knows only its own secret.
        var isOlder = Primary != wanted[0] && present.Contains(wanted[0]);
        if (isOlder || wanted.ToHashSet().SetEquals(present))
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

    /// <summary>When it comes into use; every process has read it by then.</summary>
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
/// <param name="Value">The key, wrapped with it.</param>
internal sealed record WrappedKey(string Secret, byte[] Value);
