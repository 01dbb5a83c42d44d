using System.Net;
using McpOidc.SignIn;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.SignIn;

/// <summary>
/// Steps that a browser repeats: a double click, a reload, the back button. One of them counts, and all lead to its answer
/// (nextcloud#62327, muster#1090, user_oidc#1515).
/// </summary>
public sealed class RepeatedStepTests : IAsyncLifetime
{
    private const int Many = 12;

    private readonly TestStore _store = TestStore.Sqlite();
    private readonly Browser _browser = new();
    private TestSystem _system = null!;
    private OAuthClient _client = null!;

    public async Task InitializeAsync()
    {
        _system = await TestSystem.StartAsync(store: _store);
        _client = _system.CreateClient();
        await _client.RegisterAsync();
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        _browser.Dispose();
        await _system.DisposeAsync();
        _store.Dispose();
    }

    public static TheoryData<bool> Lengths => [false, true];

    // A step too long for a URL is kept in the store.
    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task Clicking_Allow_many_times_at_once_leads_to_a_single_response(bool isLong)
    {
        var (action, fields) = Form(await _client.OpenConsentAsync(_browser, ("state", State(isLong))));
        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => LocationAsync(_browser.PostAsync(action, fields))));
        Assert.NotNull(Assert.Single(answers.Distinct()));
        Assert.Equal(answers[0], await LocationAsync(_browser.PostAsync(action, fields)));
        Assert.Equal(200, (await RedeemAsync(answers[0]!)).Status);
    }

    [Fact]
    public async Task A_person_who_denies_after_allowing_is_told_that_the_sign_in_is_complete()
    {
        var (action, fields) = Form(await _client.OpenConsentAsync(_browser));
        Assert.NotNull(await LocationAsync(_browser.PostAsync(action, fields)));
        fields["decision"] = "deny";
        using var denied = await _browser.PostAsync(action, fields);
        await ExpectDoneAsync(denied);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task A_callback_loaded_many_times_in_parallel_signs_in_once_and_always_redirects_to_the_same_URL(bool isLong)
    {
        var callback = await StopAsync("/oauth/callback", isLong);
        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => LocationAsync(_browser.GetAsync(callback))));
        Assert.NotNull(Assert.Single(answers.Distinct()));
        Assert.Equal(200, (await RedeemAsync(answers[0]!)).Status);
    }

    // A browser that reloads a page has discarded the first response, including its cookies.
    [Fact]
    public async Task Reloading_a_callback_sets_the_same_session_cookie_again()
    {
        var callback = await StopAsync("/oauth/callback", isLong: false);
        var binding = _browser.Cookies.GetCookieHeader(new Uri(_system.Issuer));
        var set = new List<string>();
        for (var time = 0; time < 2; time++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, callback);
            request.Headers.Add("Cookie", binding);
            using var answer = await _client.Http.SendAsync(request);
            set.Add(Assert.Single(answer.Headers.GetValues("Set-Cookie"), cookie => cookie.Contains("session", StringComparison.Ordinal)));
        }

        Assert.Equal(set[0], set[1]);
    }

    [Fact]
    public async Task A_repeated_callback_with_a_different_provider_response_is_not_redirected_to_the_client()
    {
        var callback = await StopAsync("/oauth/callback", isLong: false);
        Assert.NotNull(await LocationAsync(_browser.GetAsync(callback)));
        using var other = await _browser.GetAsync(callback.Replace("code=", "code=x", StringComparison.Ordinal));
        await ExpectDoneAsync(other);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public async Task A_decided_step_loaded_many_times_in_parallel_yields_one_code(bool isLong)
    {
        var decided = await StopAsync("/authorize", isLong);
        var answers = await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => LocationAsync(_browser.GetAsync(decided))));
        var answer = Assert.Single(answers.Distinct())!;
        Assert.Equal(answer, await LocationAsync(_browser.GetAsync(decided)));
        Assert.Equal(200, (await RedeemAsync(answer)).Status);
    }

    // A second redemption would end the grant (RFC 6749 §4.1.2).
    [Fact]
    public async Task A_redeemed_code_is_not_sent_again_and_its_grant_stays_valid()
    {
        var decided = await StopAsync("/authorize", isLong: false);
        var tokens = await RedeemAsync((await LocationAsync(_browser.GetAsync(decided)))!);
        using var again = await _browser.GetAsync(decided);
        await ExpectDoneAsync(again);
        Assert.Equal(200, (await _client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    [Fact]
    public async Task The_code_is_sent_again_only_to_its_own_browser_and_is_not_readable_in_the_store()
    {
        var decided = await StopAsync("/authorize", isLong: false);
        var code = System.Web.HttpUtility.ParseQueryString(new Uri((await LocationAsync(_browser.GetAsync(decided)))!).Query)["code"]!;
        using var stranger = new Browser();
        await _client.OpenConsentAsync(stranger);
        using var answer = await stranger.GetAsync(decided);
        await answer.ExpectErrorPageAsync();
        Assert.DoesNotContain(code, await DumpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_reported_to_the_client_again()
    {
        var (action, fields) = Form(await _client.OpenConsentAsync(_browser));
        fields["decision"] = "deny";
        var decided = new Uri(new Uri(_system.Issuer), await LocationAsync(_browser.PostAsync(action, fields))).AbsoluteUri;
        var first = await LocationAsync(_browser.GetAsync(decided));
        Assert.Contains("error=access_denied", first, StringComparison.Ordinal);
        Assert.Equal(first, await LocationAsync(_browser.GetAsync(decided)));
    }

    [Fact]
    public async Task A_consent_page_that_is_revisited_continues_and_later_says_that_the_sign_in_is_complete()
    {
        var consent = await _browser.OpenAsync(_client.AuthorizeUrl(), uri => uri is { AbsolutePath: "/oauth/consent", Query: "" });
        var (action, fields) = Form(consent);
        var page = $"{action}?interaction={fields["interaction"]}";
        var first = await LocationAsync(_browser.PostAsync(action, fields));
        using (var back = await _browser.GetAsync(page))
        {
            Assert.Equal(first, await LocationAsync(_browser.PostAsync(action, Form(back, await back.Content.ReadAsStringAsync()).Fields)));
        }

        Assert.Equal(200, (await RedeemAsync(first!)).Status);
        _system.Clock.Advance(StepAnswers.Lifetime + TimeSpan.FromSeconds(1));
        using var later = await _browser.GetAsync(page);
        await ExpectDoneAsync(later);
        using var pressed = await _browser.PostAsync(action, fields);
        await ExpectDoneAsync(pressed);
    }

    [Fact]
    public async Task A_person_who_goes_back_and_allows_again_after_completion_sees_the_completion_page()
    {
        var (action, fields) = Form(await _client.OpenConsentAsync(_browser));
        var tokens = await RedeemAsync((await LocationAsync(_browser.PostAsync(action, fields)))!);

        var again = new Uri(action, await LocationAsync(_browser.PostAsync(action, fields)));
        var end = await _browser.OpenAsync(again.AbsoluteUri, _client.IsRedirectUri);

        Assert.Equal(200, end.Status);
        Assert.Contains("This sign-in is complete", end.Html, StringComparison.Ordinal);
        Assert.Equal(200, (await _client.RefreshAsync(tokens.RefreshToken)).Status);
    }

    // RFC 9126 §4 allows the reload.
    [Fact]
    public async Task A_pushed_request_reloaded_in_its_browser_leads_to_the_same_response()
    {
        var url = await PushAsync();
        var first = await _browser.OpenAsync(url, _client.IsRedirectUri);
        var second = await _browser.OpenAsync(url, _client.IsRedirectUri);
        Assert.Equal(first.Uri, second.Uri);
        Assert.Equal(200, (await _client.RedeemAsync(first.Query("code")!)).Status);
        var third = await _browser.OpenAsync(url, _client.IsRedirectUri);
        Assert.Contains("This sign-in is complete", third.Html, StringComparison.Ordinal);

        _system.Clock.Advance(StepAnswers.Lifetime + TimeSpan.FromSeconds(1));
        using var late = await _browser.GetAsync(url);
        await late.ExpectErrorPageAsync();
    }

    [Fact]
    public async Task Two_consent_pages_of_one_pushed_request_lead_to_one_response_and_another_browser_gets_none()
    {
        var url = await PushAsync();
        var stop = (Uri uri) => uri is { AbsolutePath: "/oauth/consent", Query: "" };
        var first = Form(await _browser.OpenAsync(url, stop));
        var second = Form(await _browser.OpenAsync(url, stop));
        Assert.Equal(
            await LocationAsync(_browser.PostAsync(first.Action, first.Fields)),
            await LocationAsync(_browser.PostAsync(second.Action, second.Fields))
        );
        using var stranger = new Browser();
        using var refused = await stranger.GetAsync(url);
        await refused.ExpectErrorPageAsync();
    }

    private async Task<string> PushAsync()
    {
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(_client.AuthorizeUrl()).Query);
        var pushed = await _client.PostAsync("/request", [.. query.AllKeys.Select(name => (name!, query[name]))]);
        return $"{_client.Issuer}/authorize?client_id={Uri.EscapeDataString(_client.ClientId)}&request_uri={pushed["request_uri"]}";
    }

    /// <summary>Follows redirects up to an address of this server, which is not opened.</summary>
    private async Task<string> StopAsync(string path, bool isLong) =>
        (
            await _browser.OpenAsync(
                _client.AuthorizeUrl(("state", State(isLong))),
                uri => uri.AbsolutePath == path && !uri.Query.Contains("client_id=", StringComparison.Ordinal)
            )
        )
            .Uri
            .AbsoluteUri;

    private async Task<TokenAnswer> RedeemAsync(string location)
    {
        var next = new Uri(new Uri(_system.Issuer), location);
        var end = _client.IsRedirectUri(next) ? next : (await _browser.OpenAsync(next.AbsoluteUri, _client.IsRedirectUri)).Uri;
        return await _client.RedeemAsync(System.Web.HttpUtility.ParseQueryString(end.Query)["code"]!);
    }

    private static async Task<string?> LocationAsync(Task<HttpResponseMessage> sent)
    {
        using var response = await sent;
        Assert.True(response.Headers.Location is not null, await response.Content.ReadAsStringAsync());
        return response.Headers.Location?.OriginalString;
    }

    private static async Task ExpectDoneAsync(HttpResponseMessage response)
    {
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains("This sign-in is complete", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private (Uri Action, Dictionary<string, string> Fields) Form(BrowserResult page) => _browser.ReadForm(page.Html!, page.Uri)!.Value;

    private (Uri Action, Dictionary<string, string> Fields) Form(HttpResponseMessage response, string html) =>
        _browser.ReadForm(html, response.RequestMessage!.RequestUri!)!.Value;

    private static string State(bool isLong) => isLong ? new string('s', 2500) : "state-1";

    private async Task<string> DumpAsync() =>
        System.Text.Encoding.Latin1.GetString(await ReadAsync(_store.Settings[0].Value!))
        + System.Text.Encoding.Latin1.GetString(await ReadAsync(_store.Settings[0].Value! + "-wal"));

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var copy = new MemoryStream();
        await file.CopyToAsync(copy);
        return copy.ToArray();
    }
}
