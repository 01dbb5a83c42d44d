using System.Diagnostics;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Keys;

/// <summary>Signing keys are replaced on schedule (D08), and immediately if necessary.</summary>
public sealed class KeyRotationTests
{
    [Fact]
    public async Task A_new_key_is_published_a_day_before_it_signs_and_the_old_one_until_its_last_token_has_expired()
    {
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Standalone = true);
        var first = KeyOf(signedIn.Tokens);
        var tokens = signedIn.Tokens;

        for (var period = 0; period < 3; period++)
        {
            await PassAsync(signedIn, TimeSpan.FromDays(29));
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal([first], await KeysAsync(signedIn.System.Issuer));
        }

        await PassAsync(signedIn, TimeSpan.FromDays(2) + TimeSpan.FromHours(1));
        var published = await KeysAsync(signedIn.System.Issuer);
        Assert.Equal(2, published.Length);
        Assert.Equal(first, published[0]);
        tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(first, KeyOf(tokens));
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));

        await PassAsync(signedIn, TimeSpan.FromDays(1));
        var late = tokens;
        tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(published[1], KeyOf(tokens));
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        Assert.Equal([published[1], first], await KeysAsync(signedIn.System.Issuer));
        Assert.NotEqual(200, await signedIn.StatusAsync(late.AccessToken));

        await PassAsync(signedIn, TimeSpan.FromHours(2));
        Assert.Equal([published[1]], await KeysAsync(signedIn.System.Issuer));
    }

    [Fact]
    public async Task A_key_for_id_tokens_rotates_on_the_same_schedule_and_can_be_dropped_by_its_key_id()
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        var tokens = signedIn.Tokens;
        string SignerOf(TokenAnswer answer) => JwtReader.Header(answer["id_token"]!)["kid"]!.ToString();
        var first = SignerOf(tokens);

        for (var period = 0; period < 3; period++)
        {
            await PassAsync(signedIn, TimeSpan.FromDays(29));
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken, ("scope", "openid"));
        }

        await PassAsync(signedIn, TimeSpan.FromDays(2) + TimeSpan.FromHours(1));
        Assert.Equal(2, (await KeysAsync(signedIn.System.Issuer, "RS256")).Length);
        tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken, ("scope", "openid"));
        Assert.Equal(first, SignerOf(tokens));
        await PassAsync(signedIn, TimeSpan.FromDays(1));
        tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken, ("scope", "openid"));
        var second = SignerOf(tokens);
        Assert.NotEqual(first, second);
        await PassAsync(signedIn, TimeSpan.FromHours(2));
        Assert.Equal([second], await KeysAsync(signedIn.System.Issuer, "RS256"));

        await signedIn.System.Server.Services.GetRequiredService<SigningKeyAdministration>().DropAsync(second);
        await PassAsync(signedIn, TimeSpan.Zero);
        var after = await signedIn.Client.RefreshAsync(tokens.RefreshToken, ("scope", "openid"));
        Assert.NotEqual(second, SignerOf(after));
        Assert.Equal(KeyOf(tokens), KeyOf(after));
    }

    [Fact]
    public async Task All_instances_sign_with_the_same_key_after_a_rotation()
    {
        await using var signedIn = await SignedInSystem.StartAsync();
        var second = await signedIn.System.StartSecondServerAsync();
        var keys = signedIn.System.Server.Services.GetRequiredService<SigningKeyAdministration>();
        await signedIn.System.Server.Services.GetRequiredService<SigningKeyRing>().CompleteAsync(CancellationToken.None);
        var both = await keys.RotateAsync();
        Assert.Equal(["ES256", "ES256", "RS256", "RS256"], both.Select(key => key.Algorithm));
        Assert.Equal(both, await second.Services.GetRequiredService<SigningKeyAdministration>().RotateAsync());
        var rotated = both.Where(key => !key.IsForIdentityTokens).ToList();
        await PassAsync(signedIn, TimeSpan.FromDays(1));
        await second.Services.GetRequiredService<SigningKeyRing>().LoadAsync(CancellationToken.None);
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal(rotated[1].KeyId, KeyOf(tokens));
        Assert.Equal(rotated[1].KeyId, KeyOf(await signedIn.Client.RefreshAsync(tokens.RefreshToken, second.Origin)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Tokens_signed_by_a_dropped_key_are_refused_everywhere_and_no_person_has_to_sign_in_again(bool standalone)
    {
        await using var signedIn = await SignedInSystem.StartAsync(options => options.Standalone = standalone);
        var second = await signedIn.System.StartSecondServerAsync();
        Assert.Equal(200, await signedIn.StatusAsync(signedIn.Tokens.AccessToken));
        var after = await signedIn.System.Server.Services.GetRequiredService<SigningKeyAdministration>().DropAsync(KeyOf(signedIn.Tokens));
        Assert.DoesNotContain(KeyOf(signedIn.Tokens), after!.Select(key => key.KeyId));

        await EventuallyAsync(async () => await signedIn.StatusAsync(signedIn.Tokens.AccessToken) == 401);
        await EventuallyAsync(async () =>
            (await KeysAsync(second.Origin)).SequenceEqual(after!.Where(key => !key.IsForIdentityTokens).Select(key => key.KeyId))
        );
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal(after![0].KeyId, KeyOf(tokens));
        await EventuallyAsync(async () => await signedIn.StatusAsync(tokens.AccessToken) == 200);
    }

    [Fact]
    public async Task A_key_that_does_not_exist_cannot_be_dropped()
    {
        await using var system = await TestSystem.StartAsync();
        var keys = system.Server.Services.GetRequiredService<SigningKeyAdministration>();
        Assert.Null(await keys.DropAsync("nobody"));
        Assert.Single(await keys.ListAsync(), key => !key.IsForIdentityTokens);
    }

    [Fact]
    public async Task Configured_keys_can_only_be_changed_by_the_operator()
    {
        await using var system = await TestSystem.StartAsync(options =>
            options.Set("McpOidc:Keys:Jwks", JsonWebKeyText.PrivateSet([KeyGenerator.Create("ES256")], pretty: false))
        );
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            system.Server.Services.GetRequiredService<SigningKeyAdministration>().RotateAsync()
        );
        Assert.Contains("McpOidc:Keys:Jwks", exception.Message, StringComparison.Ordinal);
    }

    // Advances the clock and runs the twice-a-minute work.
    private static async Task PassAsync(SignedInSystem signedIn, TimeSpan time)
    {
        signedIn.System.Clock.Advance(time);
        await signedIn.System.Server.Services.GetRequiredService<SigningKeyRing>().LoadAsync(CancellationToken.None);
    }

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "It did not happen within ten seconds.");
        }
    }

    private static string KeyOf(TokenAnswer tokens) => JwtReader.Header(tokens.AccessToken)["kid"]!.ToString();

    private static async Task<string[]> KeysAsync(string issuer, string algorithm = "ES256")
    {
        using var http = new HttpClient();
        return
        [
            .. JsonNode.Parse(await http.GetStringAsync(new Uri(issuer + "/jwks")))!["keys"]!
                .AsArray()
                .Where(key => key!["alg"]!.ToString() == algorithm)
                .Select(key => key!["kid"]!.ToString()),
        ];
    }
}
