using System.Security.Cryptography;
using McpOidc.Keys;
using McpOidc.Protection;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Protection;

/// <summary>How long an MCP server keeps using its cached keys (security case D08).</summary>
public sealed class KeyCacheTests
{
    [Fact]
    public async Task A_server_that_missed_the_announcement_of_a_new_key_accepts_its_tokens()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder => StoreDecorator.Around(builder.Services, inner => new LoglessStore(inner));
        });
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        var signing = JwtReader.Header(signedIn.Tokens.AccessToken)["kid"]!.ToString();
        await signedIn.System.Server.Services.GetRequiredService<SigningKeyAdministration>().DropAsync(signing);
        await signedIn.System.Server.Services.GetRequiredService<SigningKeyRing>().LoadAsync(CancellationToken.None);
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.NotEqual(signing, JwtReader.Header(tokens.AccessToken)["kid"]!.ToString());

        // Keys are not fetched for every token with an unknown key, or any caller could trigger constant fetches.
        Assert.Equal(401, await signedIn.StatusAsync(tokens.AccessToken));
        signedIn.System.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task A_verified_token_is_verified_again_after_the_key_cache_lifetime()
    {
        var keys = default(ReplacedKeys);
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Set("McpOidc:ResourceServer:KeyCacheLifetime", "00:05:00");
            options.Mcp = builder =>
                builder.Services.Replace(
                    ServiceDescriptor.Singleton<ISigningKeySource>(provider =>
                        keys = new ReplacedKeys(provider.GetRequiredService<AuthorityMetadata>())
                    )
                );
        });
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        keys!.AreReplaced = true;
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
    }

    /// <summary>A store whose log of ended sessions, which also announces keys, cannot be read.</summary>
    private sealed class LoglessStore(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        public override ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default) =>
            key == StoreKeys.RevocationLog.Key(StoreKeys.RevocationLogId)
                ? throw new StoreUnavailableException("The log is away.")
                : base.GetAsync(key, cancellationToken);
    }

    /// <summary>Replaces the keys but keeps their ids.</summary>
    private sealed class ReplacedKeys(ISigningKeySource inner) : ISigningKeySource
    {
        private readonly ECDsa _other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        public bool AreReplaced { get; set; }

        public string Issuer => inner.Issuer;

        public async ValueTask<IReadOnlyList<SecurityKey>?> GetAsync(bool unknownKey, CancellationToken cancellationToken)
        {
            var keys = await inner.GetAsync(unknownKey, cancellationToken);
            return AreReplaced ? [.. keys!.Select(key => new ECDsaSecurityKey(_other) { KeyId = key.KeyId })] : keys;
        }
    }
}
