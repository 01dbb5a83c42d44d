using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization;

/// <summary>Responses that reach the client through the user: an application opened by a click, or a client on another computer.</summary>
public sealed class AnswerByPageTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const string PrivateUri = "cursor://anysphere.cursor-mcp/oauth/callback";
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    // A08, B23
    [Theory]
    [InlineData("allow", "code")]
    [InlineData("deny", "error")]
    public async Task A_private_scheme_is_opened_by_a_click_and_never_by_a_redirect(string decision, string answer)
    {
        using var client = await fixture.RegisterAsync(PrivateUri, metadata => metadata["client_name"] = "Editor <b>");
        _browser.Decision = decision;

        var page = await client.AuthorizeAsync(_browser);

        Assert.Equal(200, page.Status);
        Assert.StartsWith(PrivateUri + "?", page.Uri.AbsoluteUri, StringComparison.Ordinal);
        Assert.NotEmpty(page.Query(answer)!);
        Assert.Equal("state-1", page.Query("state"));
        Assert.Equal(client.Issuer, page.Query("iss"));
        var document = new HtmlParser().ParseDocument(page.Html!);
        Assert.Contains("“Editor <b>”", document.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("cursor: links", document.QuerySelector(".warning")!.TextContent, StringComparison.Ordinal);
        Assert.Empty(document.QuerySelectorAll("meta[http-equiv], script, iframe"));
    }

    // A08: not even when no prompt is needed, or none is allowed.
    [Theory]
    [InlineData(null)]
    [InlineData("none")]
    public async Task A_private_scheme_is_not_redirected_to_even_when_no_interaction_is_needed(string? prompt)
    {
        using var client = await fixture.RegisterAsync(PrivateUri);
        await client.GetCodeAsync(_browser);

        using var response = await _browser.GetAsync(client.AuthorizeUrl(("prompt", prompt)));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Null(response.Headers.Location);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Contains("href=\"cursor://", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // A08: nor for an error in the request itself.
    [Fact]
    public async Task An_error_for_a_private_scheme_is_not_redirected_either()
    {
        using var client = await fixture.RegisterAsync(PrivateUri);

        using var response = await _browser.GetAsync(client.AuthorizeUrl(("response_type", "token")));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(
            "error=unsupported_response_type",
            WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync()),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_person_whose_client_runs_on_another_computer_gets_the_response_to_copy()
    {
        using var client = await fixture.RegisterAsync("http://127.0.0.1:7777/it's", metadata => metadata["client_name"] = "Remote");
        var page = await HandOffAsync(client);

        var document = new HtmlParser().ParseDocument(page.Html!);
        var address = TextOf(document, "address");
        var code = TextOf(document, "code");
        Assert.StartsWith(client.RedirectUri + "?", address, StringComparison.Ordinal);
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(address).Query);
        Assert.Equal((code, "state-1", client.Issuer), (query["code"], query["state"], query["iss"]));
        Assert.Equal($"curl -g \"{address}\"", TextOf(document, "command"));
        Assert.NotEmpty((await client.RedeemAsync(code)).AccessToken);
    }

    // B36: the command only runs curl with one URL, in sh, PowerShell and cmd.exe.
    [Theory]
    [InlineData("?a=1&calc.exe&b=2")]
    [InlineData("?a='&calc.exe&'")]
    [InlineData("?a=$(touch$IFS./x)&b=${HOME}")]
    [InlineData("/$HOME/!!/!calc")]
    [InlineData("?%COMSPEC%&%&%zz&%41%")]
    [InlineData(";calc;(calc)&&calc@echo,=~-[0]+:")]
    public async Task The_URL_in_the_command_is_a_single_argument_in_every_shell(string hostile)
    {
        if (hostile.Contains('{', StringComparison.Ordinal))
        {
            // Refused at registration, like every other character not allowed in a URI.
            await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.RegisterAsync("http://127.0.0.1:7777/cb" + hostile));
            return;
        }

        using var client = await fixture.RegisterAsync("http://127.0.0.1:7777/cb" + hostile);
        var document = new HtmlParser().ParseDocument((await HandOffAsync(client)).Html!);
        var command = TextOf(document, "command");

        // Inside double quotes, only these are special in any of the three shells; % needs a name between two of them.
        Assert.Matches("^curl -g \"[^\"$`\\\\!\\s]+\"$", command);
        Assert.DoesNotMatch("%(?![0-9A-Fa-f]{2})", command);
        using var shell = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("/bin/sh")
            {
                RedirectStandardOutput = true,
                ArgumentList = { "-c", "curl() { printf '%s\\n' \"$@\"; }; " + command },
            }
        )!;
        var words = (await shell.StandardOutput.ReadToEndAsync()).TrimEnd('\n').Split('\n');
        Assert.Equal("-g", words[0]);
        Assert.Equal(2, words.Length);
        Assert.Equal(Lenient(TextOf(document, "address")), Lenient(words[1]));
    }

    [Fact]
    public async Task A_code_copied_by_hand_works_once_for_five_minutes_and_only_with_the_verifier()
    {
        using var client = await fixture.RegisterAsync();
        var late = CodeOf(await HandOffAsync(client));
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(
            "invalid_grant",
            (await client.RedeemAsync(CodeOf(await HandOffAsync(client)), ("code_verifier", new string('v', 43)))).Error
        );
        Assert.Equal(200, (await client.RedeemAsync(late)).Status);
        Assert.Equal("invalid_grant", (await client.RedeemAsync(late)).Error);

        var tooLate = CodeOf(await HandOffAsync(client));
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal("invalid_grant", (await client.RedeemAsync(tooLate)).Error);
    }

    [Fact]
    public async Task A_code_is_shown_only_on_request()
    {
        using var client = await fixture.RegisterAsync();
        var result = await client.AuthorizeAsync(_browser);

        Assert.Null(result.Html);
        Assert.Equal(302, result.Status);
    }

    // The browser reaches a web client or a private scheme wherever the client runs.
    [Theory]
    [InlineData("https://app.example/cb")]
    [InlineData(PrivateUri)]
    public async Task The_hand_off_is_offered_for_loopback_only_and_cannot_be_forced(string redirectUri)
    {
        using var client = await fixture.RegisterAsync(redirectUri);
        var page = await client.OpenConsentAsync(_browser);
        Assert.Null(new HtmlParser().ParseDocument(page.Html!).QuerySelector("[name=hand_off]"));

        var result = await DecideAsync(client, page, "allow");

        Assert.DoesNotContain("id=\"code\"", result.Html ?? "", StringComparison.Ordinal);
        Assert.NotNull(result.Query("code"));
    }

    [Fact]
    public async Task An_operator_can_disable_the_hand_off()
    {
        await using var system = await TestSystem.StartAsync(options => options.Set("McpOidc:Pages:HandOff", "false"));
        using var client = system.CreateClient();
        await client.RegisterAsync();
        var page = await client.OpenConsentAsync(_browser);
        Assert.Null(new HtmlParser().ParseDocument(page.Html!).QuerySelector("[name=hand_off]"));

        Assert.NotNull((await DecideAsync(client, page, "allow")).Query("code"));
    }

    [Fact]
    public async Task A_denial_page_says_that_the_client_on_the_other_computer_is_not_notified()
    {
        using var client = await fixture.RegisterAsync();

        var result = await DecideAsync(client, await client.OpenConsentAsync(_browser), "deny");

        Assert.Contains("Access was not granted", result.Html!, StringComparison.Ordinal);
        Assert.DoesNotContain("access_denied", result.Html!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hand_off_is_not_remembered_as_consent()
    {
        using var client = await fixture.RegisterAsync();
        await HandOffAsync(client);

        await client.OpenConsentAsync(_browser);
    }

    [Fact]
    public async Task A_decision_is_remembered_only_if_the_person_wants_it()
    {
        using var client = await fixture.RegisterAsync();
        var (action, fields) = _browser.ReadForm((await client.OpenConsentAsync(_browser)).Html!, new Uri(client.Issuer))!.Value;
        Assert.Equal("yes", fields["remember"]);
        fields.Remove("remember");
        using var decided = await _browser.PostAsync(action, fields);
        await _browser.OpenAsync(
            decided.Headers.Location!.IsAbsoluteUri ? decided.Headers.Location.AbsoluteUri : client.Issuer + decided.Headers.Location,
            client.IsRedirectUri
        );

        await client.OpenConsentAsync(_browser);
        Assert.Single(
            fixture.System.Server.Logs.Lines,
            line =>
                line.Contains("consent.granted", StringComparison.Ordinal)
                && line.Contains(ClientIdDigest.Of(client.ClientId), StringComparison.Ordinal)
        );
    }

    private async Task<BrowserResult> HandOffAsync(OAuthClient client)
    {
        var result = await DecideAsync(client, await client.OpenConsentAsync(_browser), "allow");
        Assert.Contains("Finish on the other computer", result.Html, StringComparison.Ordinal);
        return result;
    }

    private async Task<BrowserResult> DecideAsync(OAuthClient client, BrowserResult page, string decision)
    {
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        fields["decision"] = decision;
        fields["hand_off"] = "yes";
        using var decided = await _browser.PostAsync(action, fields);
        return await _browser.OpenAsync(new Uri(action, decided.Headers.Location!).AbsoluteUri, client.IsRedirectUri);
    }

    // Decodes as a server does: a percent sign that starts no escape is literal.
    private static string Lenient(string address) => Uri.UnescapeDataString(address);

    private static string CodeOf(BrowserResult page) => TextOf(new HtmlParser().ParseDocument(page.Html!), "code");

    private static string TextOf(IHtmlDocument document, string id) =>
        Assert.IsAssignableFrom<IHtmlTextAreaElement>(document.GetElementById(id)).Value;
}
