using Microsoft.Extensions.Caching.Memory;

namespace McpOidc.Protection;

/// <summary>
/// APIs that rejected two different tokens of a user in a row: the cause is not an expired token, and another refresh would not help.
/// </summary>
internal sealed class RefusingApis(TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan s_remembered = TimeSpan.FromHours(1);
    private readonly MemoryCache _since = new(new MemoryCacheOptions { SizeLimit = 10_000 });

    public bool Contains(string subject, string api) =>
        _since.TryGetValue<DateTimeOffset>((subject, api), out var since) && clock.GetUtcNow() - since < s_remembered;

    public void Add(string subject, string api) =>
        _since.Set(
            (subject, api),
            clock.GetUtcNow(),
            new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = s_remembered }
        );

    public void Dispose() => _since.Dispose();
}
