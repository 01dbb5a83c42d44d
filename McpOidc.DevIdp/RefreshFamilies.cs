using System.Collections.Concurrent;

namespace McpOidc.DevIdp;

/// <summary>The newest refresh token of each sign-in. Use of an older one indicates theft, and ends the sign-in.</summary>
internal sealed class RefreshFamilies
{
    private readonly ConcurrentDictionary<string, int> _newest = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte> _redeemedCodes = new(StringComparer.Ordinal);

    public string Begin()
    {
        var family = Guid.NewGuid().ToString("N");
        _newest[family] = 0;
        return family;
    }

    public bool TryAdvance(string family, int generation)
    {
        if (_newest.TryUpdate(family, generation + 1, generation))
        {
            return true;
        }

        _newest.TryRemove(family, out _);
        return false;
    }

    public bool IsLive(string family) => _newest.ContainsKey(family);

    public void End(string family) => _newest.TryRemove(family, out _);

    public bool TryRedeemCode(string code) => _redeemedCodes.TryAdd(code, 0);
}
