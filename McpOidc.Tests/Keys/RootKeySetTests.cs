using System.Text;
using McpOidc.Keys;

namespace McpOidc.Tests.Keys;

/// <summary>When a process changes the stored root keys for its secrets, and when it leaves them.</summary>
public sealed class RootKeySetTests
{
    private static readonly DateTimeOffset s_now = DateTimeOffset.UnixEpoch;
    private static readonly SecretKeyWrap s_old = new SecretKeyWrap(Encoding.UTF8.GetBytes("old"));
    private static readonly SecretKeyWrap s_new = new SecretKeyWrap(Encoding.UTF8.GetBytes("new"));

    [Fact]
    public void The_same_secrets_change_nothing()
    {
        var keys = RootKeySet.Create([s_new, s_old], s_now);
        Assert.Null(For(keys, s_new, s_old));
        // Also in the other order: the newest secret is that of the store.
        Assert.Null(For(keys, s_old, s_new));
    }

    [Fact]
    public void A_process_that_knows_only_the_earlier_secret_changes_nothing() =>
        Assert.Null(For(RootKeySet.Create([s_new, s_old], s_now), s_old));

    [Fact]
    public void A_new_secret_wraps_every_key_and_adds_one()
    {
        var keys = For(RootKeySet.Create([s_old], s_now), s_new, s_old)!;
        Assert.Equal((s_new.Id, 2), (keys.Primary, keys.Keys.Length));
        Assert.All(keys.Keys, key => Assert.Equal([s_new.Id, s_old.Id], key.Wraps.Select(wrap => wrap.Secret)));
    }

    [Fact]
    public void A_retired_secret_wraps_no_key_any_more()
    {
        var keys = For(RootKeySet.Create([s_new, s_old], s_now), s_new)!;
        Assert.All(keys.Keys, key => Assert.Equal([s_new.Id], key.Wraps.Select(wrap => wrap.Secret)));
    }

    private static RootKeySet? For(RootKeySet keys, params IKeyWrap[] wraps) =>
        keys.For(wraps, keys.Keys.ToDictionary(key => key.Id, _ => new byte[32]), s_now, s_now.AddMinutes(5));
}
