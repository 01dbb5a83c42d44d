using System.Net;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Consent;

/// <summary>Only the user at the page decides, once, and the decision covers only what the page said.</summary>
public sealed class ConsentDecisionTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // B01
    [Theory]
    [InlineData("token", null)]
    [InlineData("token", "")]
    [InlineData("token", "wrong")]
    [InlineData("interaction", null)]
    [InlineData("interaction", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("decision", null)]
    [InlineData("decision", "maybe")]
    public async Task A_form_with_a_missing_or_wrong_field_has_no_effect(string field, string? value)
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));
        var genuine = new Dictionary<string, string>(fields);
        fields.Remove(field);
        if (value is not null)
        {
            fields[field] = value;
        }

        using var refused = await _browser.PostAsync(action, fields);
        await refused.ExpectErrorPageAsync();

        // The page the user has open still works.
        using var accepted = await _browser.PostAsync(action, genuine);
        Assert.StartsWith(fixture.System.Idp!.Issuer, accepted.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    // B01: the same from a page of another site, even if it knew the token.
    [Theory]
    [InlineData("https://evil.example", null)]
    [InlineData("null", "cross-site")]
    public async Task A_form_submitted_from_another_site_has_no_effect(string origin, string? site)
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));

        using var response = await _browser.PostAsync(
            action,
            fields,
            request =>
            {
                request.Headers.Remove("Origin");
                request.Headers.Add("Origin", origin);
                if (site is not null)
                {
                    request.Headers.Add("Sec-Fetch-Site", site);
                }
            }
        );

        await response.ExpectErrorPageAsync();
    }

    // B01, A27
    [Fact]
    public async Task A_decision_in_the_query_of_a_GET_request_has_no_effect()
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));

        using var response = await _browser.GetAsync(
            Microsoft.AspNetCore.WebUtilities.QueryHelpers.AddQueryString(
                action.AbsoluteUri,
                fields.Select(field => KeyValuePair.Create(field.Key, (string?)field.Value))
            )
        );

        // It only shows the page again.
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(response.Headers.Location);
    }

    // B02
    [Fact]
    public async Task A_form_submitted_twice_decides_once()
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));

        using var first = await _browser.PostAsync(action, fields);
        using var second = await _browser.PostAsync(action, fields);

        // Same answer as the first time, so a double click loses nothing.
        Assert.Equal(HttpStatusCode.SeeOther, first.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
    }

    // B02
    [Fact]
    public async Task A_form_submitted_many_times_in_parallel_decides_once()
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));

        var locations = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(async _ =>
                {
                    using var response = await _browser.PostAsync(action, fields);
                    return response.Headers.Location;
                })
        );

        Assert.NotNull(Assert.Single(locations.Distinct()));
    }

    // B03
    [Fact]
    public async Task A_form_from_another_browser_has_no_effect()
    {
        using var client = await fixture.RegisterAsync();
        using var attacker = new Browser();
        var (action, fields) = Form(await client.OpenConsentAsync(attacker));
        await client.OpenConsentAsync(_browser);

        using var shown = await _browser.GetAsync($"{action}?interaction={fields["interaction"]}");
        using var decided = await _browser.PostAsync(action, fields);

        await shown.ExpectErrorPageAsync();
        await decided.ExpectErrorPageAsync();
    }

    // B25: the page names one user; a second tab signed in another.
    [Fact]
    public async Task A_consent_page_shown_to_another_person_has_no_effect()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);
        var (action, fields) = Form(await client.OpenConsentAsync(_browser, ("prompt", "consent")));
        ForgetIdentityProvider();
        _browser.UserName = "bob";
        await client.GetCodeAsync(_browser, ("prompt", "login"));

        using var response = await _browser.PostAsync(action, fields);

        await response.ExpectErrorPageAsync();
    }

    // A28
    [Fact]
    public async Task The_redirect_after_the_form_is_303()
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));

        using var response = await _browser.PostAsync(action, fields);

        Assert.Equal(303, (int)response.StatusCode);
    }

    // B08
    [Fact]
    public async Task A_consent_that_was_given_is_not_asked_for_again()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser);

        await client.GetCodeAsync(_browser);
        await client.GetCodeAsync(_browser, ("scope", "openid email"));
        client.RedirectUri = "http://127.0.0.1:50001/callback";
        await client.GetCodeAsync(_browser);

        Assert.Equal(1, _browser.ConsentPages());
    }

    // B08
    [Fact]
    public async Task A_wider_scope_needs_consent_and_is_added_to_the_scopes_already_allowed()
    {
        using var client = await fixture.RegisterAsync();
        await client.GetCodeAsync(_browser, ("scope", "openid email"));

        await client.GetCodeAsync(_browser, ("scope", "openid profile"));
        Assert.Equal(2, _browser.ConsentPages());

        await client.GetCodeAsync(_browser, ("scope", "openid email profile"));
        Assert.Equal(2, _browser.ConsentPages());
    }

    // B08, B09; weakness 10
    [Fact]
    public async Task Consent_is_asked_for_again_for_another_redirect_URI_of_the_same_client()
    {
        using var client = await fixture.RegisterAsync(change: metadata =>
            ((System.Text.Json.Nodes.JsonArray)metadata["redirect_uris"]!).Add("https://app.example/cb")
        );
        await client.GetCodeAsync(_browser);

        client.RedirectUri = "https://app.example/cb";
        await client.GetCodeAsync(_browser);

        Assert.Equal(2, _browser.ConsentPages());
    }

    // B08, E13
    [Fact]
    public async Task Consent_is_asked_for_again_after_the_client_metadata_changed()
    {
        using var client = fixture.System.CreateClient();
        var registered = await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));
        await client.GetCodeAsync(_browser);
        await RenameAsync(client, registered);

        await client.GetCodeAsync(_browser);

        Assert.Equal(2, _browser.ConsentPages());
    }

    // B08, E13
    [Fact]
    public async Task Consent_given_only_to_an_earlier_version_of_a_client_is_asked_for_again()
    {
        using var client = fixture.System.CreateClient();
        var registered = await client.RegisterAsync(OAuthClient.StoredMetadata(client.RedirectUri));
        await client.GetCodeAsync(_browser, ("scope", "openid email"));
        await RenameAsync(client, registered);
        await client.GetCodeAsync(_browser, ("scope", "openid profile"));
        Assert.Equal(2, _browser.ConsentPages());

        await client.GetCodeAsync(_browser, ("scope", "openid profile"));
        Assert.Equal(2, _browser.ConsentPages());
        await client.GetCodeAsync(_browser, ("scope", "openid email"));
        Assert.Equal(3, _browser.ConsentPages());
    }

    private static async Task RenameAsync(OAuthClient client, System.Text.Json.Nodes.JsonObject registered)
    {
        var changed = OAuthClient.Metadata(client.RedirectUri);
        changed["client_name"] = "Somebody else";
        using var update = new HttpRequestMessage(HttpMethod.Put, registered["registration_client_uri"]!.GetValue<string>())
        {
            Content = System.Net.Http.Json.JsonContent.Create(changed),
        };
        update.Headers.Authorization = new("Bearer", registered["registration_access_token"]!.GetValue<string>());
        using var updated = await client.Http.SendAsync(update);
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
    }

    // B08: a decision applies to one user.
    [Fact]
    public async Task Consent_given_by_one_person_is_asked_for_again_from_another()
    {
        using var client = await fixture.RegisterAsync();
        using var bob = new Browser { UserName = "bob" };
        await client.GetCodeAsync(_browser);

        await client.GetCodeAsync(bob);

        Assert.Equal(1, bob.ConsentPages());
    }

    // B09, B10; weakness 10: the second client of a user with a session here and at the identity provider.
    [Fact]
    public async Task Nothing_is_sent_to_the_identity_provider_and_no_grant_is_stored_before_consent()
    {
        using var known = await fixture.RegisterAsync();
        await known.GetCodeAsync(_browser);
        using var stranger = await fixture.RegisterAsync("https://evil.example/cb");
        var grants = fixture.Count("grant:%");
        var visits = _browser.VisitsOf(fixture.System.Idp!.Issuer);
        var cookies = _browser.Cookies.GetAllCookies().Select(cookie => cookie.Name).Order().ToArray();

        await stranger.OpenConsentAsync(_browser);

        Assert.Equal(visits, _browser.VisitsOf(fixture.System.Idp!.Issuer));
        Assert.Equal(grants, fixture.Count("grant:%"));
        Assert.Equal(cookies, _browser.Cookies.GetAllCookies().Select(cookie => cookie.Name).Order());
    }

    // B10
    [Fact]
    public async Task The_state_for_the_identity_provider_is_created_at_consent_and_is_in_no_cookie()
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = Form(await client.OpenConsentAsync(_browser));
        Assert.Equal(1, _browser.Cookies.Count);

        using var response = await _browser.PostAsync(action, fields);

        var state = System.Web.HttpUtility.ParseQueryString(response.Headers.Location!.Query)["state"]!;
        Assert.True(state.Length >= 43);
        Assert.DoesNotContain(_browser.Cookies.GetAllCookies(), cookie => cookie.Value.Contains(state, StringComparison.Ordinal));
    }

    private (Uri Action, Dictionary<string, string> Fields) Form(BrowserResult page) => _browser.ReadForm(page.Html!, page.Uri)!.Value;

    private void ForgetIdentityProvider()
    {
        foreach (var cookie in _browser.Cookies.GetAllCookies().Where(cookie => cookie.Name.StartsWith("devidp", StringComparison.Ordinal)))
        {
            cookie.Expired = true;
        }
    }
}
