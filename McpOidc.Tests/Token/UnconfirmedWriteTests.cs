using System.Net.Http.Json;
using McpOidc.Storage;
using McpOidc.Tests.Authorization.DeviceAuthorization;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.PersonalAccessTokens;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Tests.Token;

/// <summary>A store that writes and then fails, as Redis does when a replica is missing or the primary changes: a client that retries gets
/// the original result.</summary>
public sealed class UnconfirmedWriteTests : DeviceSystem
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private UnconfirmedStore _store = null!;

    [Fact]
    public async Task A_code_whose_redemption_was_not_confirmed_can_be_redeemed_again()
    {
        await StartAsync();
        using var client = World.CreateClient();
        await client.RegisterAsync();
        var code = await client.GetCodeAsync(Person);

        _store.Unconfirmed = "grant:";
        var refused = await client.RedeemAsync(code);
        Assert.Equal((503, "temporarily_unavailable"), (refused.Status, refused.Error));
        Assert.Equal(503, (await client.RedeemAsync(code)).Status);
        _store.Unconfirmed = null;

        var tokens = await client.RedeemAsync(code);
        Assert.Equal(200, tokens.Status);
        Assert.Equal(200, (await client.RefreshAsync(tokens.RefreshToken)).Status);
        Assert.Contains(World.Server.Logs.Lines, line => line.Contains("[2993]", StringComparison.Ordinal));
        Assert.DoesNotContain(World.Server.Logs.Lines, line => line.Contains("code.replayed", StringComparison.Ordinal));

        Assert.Equal("invalid_grant", (await client.RedeemAsync(code)).Error);
        Assert.Contains(World.Server.Logs.Lines, line => line.Contains("code.replayed", StringComparison.Ordinal));
    }

    // Each write is applied at the first attempt or not at all; a retry is answered only once the store confirms it.
    [Theory]
    [InlineData("taken:")]
    [InlineData("step:")]
    public async Task A_consent_that_was_not_confirmed_is_given_when_it_comes_again(string records)
    {
        await StartAsync();
        using var client = World.CreateClient();
        await client.RegisterAsync();
        var page = await client.OpenConsentAsync(Person);
        var (action, fields) = Person.ReadForm(page.Html!, page.Uri)!.Value;

        _store.Unconfirmed = records;
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var refused = await Person.PostAsync(action, fields);
            Assert.Equal(503, (int)refused.StatusCode);
        }

        _store.Unconfirmed = null;
        using var answer = await Person.PostAsync(action, fields);
        var end = await Person.OpenAsync(new Uri(action, answer.Headers.Location!).AbsoluteUri, client.IsRedirectUri);
        Assert.Equal(200, (await client.RedeemAsync(end.Query("code")!)).Status);
    }

    [Fact]
    public async Task A_code_that_was_not_confirmed_is_given_when_its_page_is_loaded_again()
    {
        await StartAsync();
        using var client = World.CreateClient();
        await client.RegisterAsync();
        var stop = await Person.OpenAsync(
            client.AuthorizeUrl(),
            uri => uri.AbsolutePath == "/authorize" && !uri.Query.Contains("client_id=", StringComparison.Ordinal)
        );

        _store.Unconfirmed = "grant:";
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var refused = await Person.GetAsync(stop.Uri.AbsoluteUri);
            Assert.Equal(503, (int)refused.StatusCode);
        }

        _store.Unconfirmed = null;
        var end = await Person.OpenAsync(stop.Uri.AbsoluteUri, client.IsRedirectUri);
        Assert.Equal(200, (await client.RedeemAsync(end.Query("code")!)).Status);
    }

    [Fact]
    public async Task A_shared_registration_is_confirmed_before_it_is_given_again()
    {
        await StartAsync();
        using var client = World.CreateClient();
        client.RedirectUri = "https://app.example/callback";
        await client.RegisterAsync();
        await client.RedeemAsync(await client.GetCodeAsync(Person));
        using var second = World.CreateClient();
        second.RedirectUri = client.RedirectUri;

        _store.Unconfirmed = "client:";
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var refused = await second.Http.PostAsJsonAsync(World.Issuer + "/register", OAuthClient.Metadata(client.RedirectUri));
            Assert.Equal(503, (int)refused.StatusCode);
        }

        _store.Unconfirmed = null;
        await second.RegisterAsync();
        Assert.Equal(client.ClientId, second.ClientId);
    }

    // RFC 8628 §3.5: after any other error the device must stop.
    [Theory]
    [InlineData("device:", false)]
    [InlineData("grant:", true)]
    public async Task A_device_is_told_to_ask_again_while_the_store_fails_and_gets_its_tokens(string records, bool isAllowed)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        if (isAllowed)
        {
            await DevicePage.AllowAsync(World, Person, device.UserCode);
        }

        _store.Unconfirmed = records;
        Assert.Equal((400, "slow_down"), await ErrorAsync(device));
        _store.Unconfirmed = null;
        Wait();
        if (!isAllowed)
        {
            Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));
            await DevicePage.AllowAsync(World, Person, device.UserCode);
        }

        Assert.Equal(200, (await device.PollAsync()).Status);
    }

    [Theory]
    [InlineData("device:")]
    [InlineData("grant:")]
    public async Task A_person_who_allows_a_device_again_after_a_failure_has_allowed_it(string records)
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        var page = new DevicePage(World, Person);
        await page.OpenAsync();
        await page.TypeAsync(device.UserCode);
        var form = page.Fields;
        _store.Lost = records == "device:" ? records : null;
        _store.Unconfirmed = records == "grant:" ? records : null;
        await page.DecideAsync("allow");
        Assert.Equal(503, page.Status);
        (_store.Lost, _store.Unconfirmed) = (null, null);

        await page.SendAsync(fields =>
        {
            foreach (var (name, value) in form)
            {
                fields[name] = value;
            }

            fields["decision"] = "allow";
        });

        Assert.Contains("The device is connected", page.Html, StringComparison.Ordinal);
        Assert.Equal(200, (await device.PollAsync()).Status);
    }

    [Fact]
    public async Task A_personal_token_that_was_not_confirmed_is_shown_when_the_form_is_sent_again()
    {
        await StartAsync();
        var page = new TokenPage(World, Person);
        await page.OpenAsync();
        var form = page.Fields;
        _store.Unconfirmed = "grant:";
        Assert.Null(await page.SendAsync("nightly build"));
        Assert.Equal(503, page.Status);
        _store.Unconfirmed = null;

        var token = await page.SendAsync(
            "nightly build",
            change: fields =>
            {
                foreach (var (name, value) in form)
                {
                    fields.TryAdd(name, value);
                }
            }
        );

        using var client = World.CreateClient();
        using var call = await client.CallAsync(World.McpOrigin + "/echo", token);
        Assert.Equal(200, (int)call.StatusCode);
    }

    [Fact]
    public async Task A_device_that_asks_while_the_server_stops_gets_its_tokens()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        await DevicePage.AllowAsync(World, Person, device.UserCode);
        var stops = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        World.Server.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.Register(stops.SetResult);

        var release = _store.Hold("grant:");
        var poll = device.PollAsync();
        await _store.Held.Task.WaitAsync(s_patience);
        var stopping = World.Server.StopAsync(s_patience);
        await stops.Task.WaitAsync(s_patience);
        release.SetResult();

        Assert.Equal(200, (await poll).Status);
        await stopping;
    }

    // The clock of one of the two servers is ahead.
    [Fact]
    public async Task A_device_that_was_answered_by_a_clock_that_is_ahead_is_not_said_to_ask_too_often()
    {
        await StartAsync();
        using var device = await Device.BeginAsync(PublicClient("tv"));
        World.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));
        World.Clock.Advance(TimeSpan.FromSeconds(-24));
        Assert.Equal((400, "authorization_pending"), await ErrorAsync(device));
    }

    private Task StartAsync() =>
        StartAsync(configure: options =>
        {
            options.Set("McpOidc:Registration:ReuseIdentical", "true");
            options.Server = server => StoreDecorator.Around(server.Services, inner => _store = new UnconfirmedStore(inner));
        });

    private sealed class UnconfirmedStore(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        /// <summary>The prefix of the keys whose writes are applied but not confirmed.</summary>
        public string? Unconfirmed { get; set; }

        /// <summary>The prefix of the keys that cannot be replaced.</summary>
        public string? Lost { get; set; }

        private string? _held;
        private TaskCompletionSource _release = null!;

        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Holds the next write to a key with this prefix until the result is set.</summary>
        public TaskCompletionSource Hold(string beginning)
        {
            _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _held = beginning;
            return _release;
        }

        public override async ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
            Judge(key, await base.AddAsync(key, write, cancellationToken));

        public override async ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        )
        {
            if (Is(_held, key))
            {
                _held = null;
                Held.SetResult();
                await _release.Task.WaitAsync(s_patience, cancellationToken);
            }

            return Is(Lost, key)
                ? throw new StoreUnavailableException("The test takes the store away.")
                : Judge(key, await base.ReplaceAsync(key, expectedVersion, write, cancellationToken));
        }

        public override async ValueTask ConfirmAsync(string key, CancellationToken cancellationToken = default)
        {
            Judge(key, null);
            await base.ConfirmAsync(key, cancellationToken);
        }

        private long? Judge(string key, long? version) =>
            Is(Unconfirmed, key) ? throw new StoreUnavailableException("The test confirms nothing.") : version;

        private static bool Is(string? beginning, string key) =>
            beginning is not null && key.StartsWith(beginning, StringComparison.Ordinal);
    }
}
