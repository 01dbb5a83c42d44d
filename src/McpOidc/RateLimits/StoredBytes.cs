using System.Buffers.Binary;
using McpOidc.Storage;

namespace McpOidc.RateLimits;

/// <summary>Counts bytes by expiry time. Times are rounded up, more so the further away they are, which keeps their number
/// small.</summary>
internal sealed class StoredBytes
{
    private const int EntrySize = 2 * sizeof(long);

    private static readonly (TimeSpan Lifetime, TimeSpan Step)[] s_steps =
    [
        (TimeSpan.FromMinutes(20), TimeSpan.FromMinutes(1)),
        (TimeSpan.FromHours(3), TimeSpan.FromMinutes(15)),
        (TimeSpan.FromHours(30), TimeSpan.FromHours(3)),
        (TimeSpan.MaxValue, TimeSpan.FromDays(1)),
    ];

    private readonly Dictionary<long, long> _bytesByEnd = [];

    /// <summary>All bytes counted or subtracted here, regardless of the sign.</summary>
    public long Volume { get; private set; }

    public static StoredBytes Read(ReadOnlyMemory<byte>? value)
    {
        var read = new StoredBytes();
        for (var rest = value ?? ReadOnlyMemory<byte>.Empty; rest.Length >= EntrySize; rest = rest[EntrySize..])
        {
            read._bytesByEnd[BinaryPrimitives.ReadInt64BigEndian(rest.Span)] = BinaryPrimitives.ReadInt64BigEndian(
                rest.Span[sizeof(long)..]
            );
        }

        return read;
    }

    public StoreWrite Write()
    {
        var (value, place) = (new byte[_bytesByEnd.Count * EntrySize], 0);
        foreach (var (end, bytes) in _bytesByEnd)
        {
            BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(place), end);
            BinaryPrimitives.WriteInt64BigEndian(value.AsSpan(place + sizeof(long)), bytes);
            place += EntrySize;
        }

        var last = _bytesByEnd.Count == 0 ? 0 : _bytesByEnd.Keys.Max();
        return new StoreWrite(value, DateTimeOffset.FromUnixTimeSeconds(last));
    }

    public void Add(DateTimeOffset end, DateTimeOffset now, long bytes)
    {
        var step = (long)s_steps.First(known => end - now <= known.Lifetime).Step.TotalSeconds;
        var rounded = (end.ToUnixTimeSeconds() / step * step) + step;
        _bytesByEnd[rounded] = _bytesByEnd.GetValueOrDefault(rounded) + bytes;
        Volume += Math.Abs(bytes);
    }

    public long SumAt(DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        return _bytesByEnd.Sum(entry => entry.Key > seconds ? entry.Value : 0);
    }

    /// <summary>The sum of both, without expired bytes.</summary>
    public StoredBytes Plus(StoredBytes other, DateTimeOffset now)
    {
        var sum = new StoredBytes();
        foreach (var (end, bytes) in _bytesByEnd.Concat(other._bytesByEnd).Where(entry => entry.Key > now.ToUnixTimeSeconds()))
        {
            sum._bytesByEnd[end] = sum._bytesByEnd.GetValueOrDefault(end) + bytes;
        }

        return sum;
    }

    public StoredBytes Copy()
    {
        var copy = new StoredBytes { Volume = Volume };
        foreach (var (end, bytes) in _bytesByEnd)
        {
            copy._bytesByEnd[end] = bytes;
        }

        return copy;
    }

    /// <summary>Subtracts what has been shared; what was counted since remains.</summary>
    public void Subtract(StoredBytes told)
    {
        Volume -= told.Volume;
        foreach (var (end, bytes) in told._bytesByEnd)
        {
            if ((_bytesByEnd[end] -= bytes) == 0)
            {
                _bytesByEnd.Remove(end);
            }
        }
    }
}
