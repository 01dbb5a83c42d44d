using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Token;

public sealed class GrantsTests : IAsyncLifetime
{
    private static readonly CancellationToken s_none = CancellationToken.None;
    private int _announced;
    private TestSystem _system = null!;
    private Grants _grants = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync(options =>
            options.Server = server => StoreDecorator.Around(server.Services, inner => new Announcements(inner, this))
        );
        _grants = _system.Server.Services.GetRequiredService<Grants>();
    }

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Theory]
    [InlineData("none", true)]
    [InlineData("user", false)]
    [InlineData("redeemed", false)]
    [InlineData("revoked", false)]
    [InlineData("absent", false)]
    public async Task A_grant_is_replaced_only_while_it_is_live_unredeemed_and_of_the_same_user(string difference, bool isReplaced)
    {
        var now = _system.Clock.GetUtcNow();
        var earlier = Grant("alice", "client");
        if (difference != "absent")
        {
            await _grants.CreateAsync(
                difference switch
                {
                    "user" => earlier with { Subject = "bob" },
                    "redeemed" => earlier with { Code = earlier.Code! with { RedeemedAt = now } },
                    "revoked" => earlier with { RevokedAt = now },
                    _ => earlier,
                },
                s_none
            );
        }

        Assert.Equal(isReplaced, await _grants.TryReplaceUnusedAsync(earlier with { Scopes = ["decided-again"] }, s_none));
        var found = await _grants.FindAsync(earlier.Id, s_none);
        Assert.Equal(isReplaced, found?.Value.Scopes.Contains("decided-again") == true);
    }

    [Theory]
    [InlineData("alice", null, 3)]
    [InlineData("alice", "editor", 2)]
    [InlineData(null, "editor", 3)]
    [InlineData("bob", "agent", 0)]
    public async Task Grants_are_found_by_user_by_client_or_by_both(string? subject, string? clientId, int expected)
    {
        foreach (var (user, client) in new[] { ("alice", "editor"), ("alice", "editor"), ("alice", "agent"), ("bob", "editor") })
        {
            await _grants.CreateAsync(Grant(user, client), s_none);
        }

        var all = await _grants.FindAllAsync(subject, clientId, s_none).ToListAsync();
        var page = await _grants.FindPageAsync(subject, clientId, after: null, size: 10, s_none);
        Assert.Equal(expected, all.Count);
        Assert.Equal(expected, page.Grants.Count);
        Assert.All(all.Concat(page.Grants), grant => Assert.Equal(subject ?? grant.Value.Subject, grant.Value.Subject));
        Assert.All(all.Concat(page.Grants), grant => Assert.Equal(clientId ?? grant.Value.ClientId, grant.Value.ClientId));
    }

    // Each announcement is a write to the log, which every server then reads.
    [Theory]
    [InlineData(3, 1)]
    [InlineData(RevocationLog.Capacity, 1)]
    [InlineData(RevocationLog.Capacity + 1, 2)]
    public async Task Grants_that_end_together_are_announced_together(int count, int announcements)
    {
        for (var number = 0; number < count; number++)
        {
            await _grants.CreateAsync(Grant("alice", "editor"), s_none);
        }

        Assert.Equal(count, await _grants.RevokeAllAsync("alice", clientId: null, s_none));
        Assert.Equal(announcements, _announced);
    }

    private GrantRecord Grant(string subject, string clientId)
    {
        var now = _system.Clock.GetUtcNow();
        return new GrantRecord
        {
            Id = OpaqueToken.CreateId(),
            Subject = subject,
            Provider = "idp",
            ClientId = clientId,
            Scopes = [],
            Resource = _system.Resource,
            RedirectUri = "",
            CreatedAt = now,
            AuthenticatedAt = now,
            ExpiresAt = now + TimeSpan.FromHours(1),
            Code = new AuthorizationCodeRecord
            {
                Hash = "hash",
                CreatedAt = now,
                ExpiresAt = now + TimeSpan.FromMinutes(1),
            },
        };
    }

    private sealed class Announcements(IMcpOidcStore inner, GrantsTests tests) : StoreDecorator(inner)
    {
        public override ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default)
        {
            Count(key);
            return base.AddAsync(key, write, cancellationToken);
        }

        public override ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        )
        {
            Count(key);
            return base.ReplaceAsync(key, expectedVersion, write, cancellationToken);
        }

        private void Count(string key)
        {
            if (StoreKeys.RevocationLog.Owns(key))
            {
                Interlocked.Increment(ref tests._announced);
            }
        }
    }
}
