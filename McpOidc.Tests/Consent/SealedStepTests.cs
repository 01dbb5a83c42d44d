using System.Buffers.Text;
using System.Net;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Consent;

/// <summary>Sign-in steps that travel with the browser (ADR 0028).</summary>
public sealed class SealedStepTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task Nothing_about_a_sign_in_is_in_the_store_before_consent()
    {
        using var client = await fixture.RegisterAsync();
        var before = fixture.Count("%");

        await client.OpenConsentAsync(_browser);

        Assert.Equal(before, fixture.Count("%"));
    }

    [Fact]
    public async Task A_step_too_long_for_a_URL_is_kept_in_the_store_and_is_also_performed_only_once()
    {
        using var client = await fixture.RegisterAsync();
        var state = string.Concat(Enumerable.Range(0, 60).Select(_ => Guid.NewGuid().ToString("N")));
        var page = await client.OpenConsentAsync(_browser, ("state", state));
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        Assert.Equal(43, fields["interaction"].Length);

        using var first = await _browser.PostAsync(action, fields);
        using var second = await _browser.PostAsync(action, fields);
        var result = await _browser.OpenAsync(first.Headers.Location!.AbsoluteUri, client.IsRedirectUri);

        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(state, result.Query("state"));
        Assert.Equal(200, (await client.RedeemAsync(result.Query("code")!)).Status);
    }

    [Fact]
    public async Task A_decided_step_yields_one_code_regardless_of_how_its_id_is_encoded()
    {
        using var client = await fixture.RegisterAsync();
        var decided = await DecidedAsync(client);
        var id = System.Web.HttpUtility.ParseQueryString(decided.Query)["interaction"]!;

        using var first = await _browser.GetAsync(decided.AbsoluteUri);
        Assert.True(client.IsRedirectUri(first.Headers.Location!));
        string[] others = [id, id + "=", id + "==", " " + id, .. SameBytes(id)];
        foreach (var other in others)
        {
            using var again = await _browser.GetAsync($"{client.Issuer}/authorize?interaction={Uri.EscapeDataString(other)}");
            if (again.Headers.Location is { } location)
            {
                Assert.Equal(first.Headers.Location, location);
            }
            else
            {
                await again.ExpectErrorPageAsync();
            }
        }
    }

    [Fact]
    public async Task A_decided_step_used_many_times_in_parallel_yields_one_code()
    {
        using var client = await fixture.RegisterAsync();
        var decided = await DecidedAsync(client);

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var answer = await _browser.GetAsync(decided.AbsoluteUri);
                    return answer.Headers.Location;
                })
        );

        Assert.True(client.IsRedirectUri(Assert.Single(answers.Distinct())!));
    }

    // Forms are not rate limited.
    [Fact]
    public async Task A_form_submitted_many_times_in_parallel_redirects_to_the_provider_once_and_repeats_no_step()
    {
        using var client = await fixture.RegisterAsync();
        var page = await client.OpenConsentAsync(_browser);
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        var before = fixture.Count("interaction:%");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _browser.PostAsync(action, fields)));
        var atProvider = Assert.Single(answers.Select(answer => answer.Headers.Location).Distinct())!;
        Assert.Equal(before + 1, fixture.Count("interaction:%"));

        var decided = (
            await _browser.OpenAsync(
                atProvider.AbsoluteUri,
                uri => uri.AbsolutePath == "/authorize" && uri.Query.Contains("interaction=", StringComparison.Ordinal)
            )
        ).Uri;
        using var late = await _browser.PostAsync(action, fields);
        Assert.Equal(atProvider, late.Headers.Location);
        var codes = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var answer = await _browser.GetAsync(decided.AbsoluteUri);
                    return answer.Headers.Location;
                })
        );
        Assert.True(client.IsRedirectUri(Assert.Single(codes.Distinct())!));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Fact]
    public async Task A_refusal_by_the_provider_is_reported_to_the_client()
    {
        using var client = await fixture.RegisterAsync();
        var page = await client.OpenConsentAsync(_browser);
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        using var allowed = await _browser.PostAsync(action, fields);
        var state = System.Web.HttpUtility.ParseQueryString(allowed.Headers.Location!.Query)["state"]!;
        using var refused = await _browser.GetAsync($"{client.Issuer}/oauth/callback?error=access_denied&state={state}");
        var decided = new Uri(new Uri(client.Issuer), refused.Headers.Location!).AbsoluteUri;

        using var first = await _browser.GetAsync(decided);
        using var second = await _browser.GetAsync(decided);

        Assert.True(client.IsRedirectUri(first.Headers.Location!));
        Assert.Contains("error=access_denied", first.Headers.Location!.Query, StringComparison.Ordinal);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
    }

    [Fact]
    public async Task A_tampered_step_and_a_step_of_another_endpoint_or_browser_are_refused()
    {
        using var client = await fixture.RegisterAsync();
        var page = await client.OpenConsentAsync(_browser);
        var consent = _browser.ReadForm(page.Html!, page.Uri)!.Value.Fields["interaction"];
        Assert.True(consent.Length is > 100 and <= 2000);
        using var stranger = new Browser();
        await client.OpenConsentAsync(stranger);

        await RefusedAsync(
            _browser,
            $"/oauth/consent?interaction={(consent[50] == 'A' ? consent[..50] + 'B' : consent[..50] + 'A')}{consent[51..]}"
        );
        await RefusedAsync(_browser, $"/oauth/choose?interaction={consent}");
        await RefusedAsync(_browser, $"/authorize?interaction={consent}");
        await RefusedAsync(_browser, $"/oauth/callback?code=x&state={consent}");
        await RefusedAsync(stranger, $"/oauth/consent?interaction={consent}");
        using var own = await _browser.GetAsync($"{client.Issuer}/oauth/consent?interaction={consent}");
        Assert.Equal(HttpStatusCode.OK, own.StatusCode);
    }

    // The previous step's mark must not expire before the page that asks again.
    [Fact]
    public async Task A_person_who_is_asked_again_after_signing_in_has_the_full_time_to_answer()
    {
        await using var system = await TestSystem.StartAsync();
        using var client = system.CreateClient();
        await client.RegisterAsync();
        await client.GetCodeAsync(_browser);
        foreach (var cookie in _browser.Cookies.GetAllCookies().Where(cookie => cookie.Name.StartsWith("devidp", StringComparison.Ordinal)))
        {
            cookie.Expired = true;
        }

        _browser.UserName = "bob";
        var atProvider = await _browser.OpenAsync(
            client.AuthorizeUrl(("prompt", "login")),
            uri => uri.AbsoluteUri.StartsWith(system.Idp!.Issuer, StringComparison.Ordinal)
        );
        system.Clock.Advance(TimeSpan.FromMinutes(8));
        var page = await _browser.OpenAsync(atProvider.Uri.AbsoluteUri, uri => uri is { AbsolutePath: "/oauth/consent", Query: "" });
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        system.Clock.Advance(TimeSpan.FromMinutes(8));
        using var allowed = await _browser.PostAsync(action, fields);

        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
    }

    [Fact]
    public async Task A_redeemed_code_causes_no_server_error_at_introspection_and_revocation()
    {
        using var client = await fixture.RegisterAsync();
        var code = await client.GetCodeAsync(_browser);
        Assert.Equal(200, (await client.RedeemAsync(code)).Status);

        Assert.InRange((await client.PostAsync("/token/introspection", [("token", code)])).Status, 200, 499);
        Assert.InRange((await client.PostAsync("/token/revocation", [("token", code)])).Status, 200, 499);
    }

    private async Task RefusedAsync(Browser browser, string path)
    {
        using var answer = await browser.GetAsync(fixture.System.Issuer + path);
        await answer.ExpectErrorPageAsync();
    }

    private async Task<Uri> DecidedAsync(OAuthClient client) =>
        (
            await _browser.OpenAsync(
                client.AuthorizeUrl(),
                uri => uri.AbsolutePath == "/authorize" && uri.Query.Contains("interaction=", StringComparison.Ordinal)
            )
        ).Uri;

    // The last base64url character has unused bits.
    private static IEnumerable<string> SameBytes(string id) =>
        Alphabet
            .Where(last => last != id[^1])
            .Select(last => id[..^1] + last)
            .Where(other => Base64Url.IsValid(other) && Base64Url.DecodeFromChars(other).SequenceEqual(Base64Url.DecodeFromChars(id)));
}
