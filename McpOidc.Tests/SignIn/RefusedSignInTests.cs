using AngleSharp.Html.Parser;
using McpOidc.Federation;
using McpOidc.Tests.Federation;
using McpOidc.Tests.Hosting;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.SignIn;

/// <summary>What an operator can learn about a sign-in that the identity provider refused, and what the user is told.</summary>
public sealed class RefusedSignInTests(IdentityProviderLoginTests.Fixture fixture)
    : IClassFixture<IdentityProviderLoginTests.Fixture>,
        IDisposable
{
    private const string Secret = "McpOidc:IdentityProvider:ClientSecret";
    private readonly Browser _browser = new();

    public static TheoryData<string> Names =>
        [.. RefreshBehaviour.All.Where(behaviour => behaviour.Value.Meaning is not null).Select(behaviour => behaviour.Key)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Log_and_audit_trail_name_the_cause_when_the_response_to_a_code_is(string name)
    {
        var behaviour = RefreshBehaviour.All[name];
        AtToken(behaviour.Answer);
        var before = fixture.System.Server.Logs.Lines.Count;
        using var client = await RegisterAsync();

        var result = await client.AuthorizeAsync(_browser);

        Assert.Contains(result.Query("error"), (string[])["server_error", "temporarily_unavailable"]);
        var lines = fixture.System.Server.Logs.Lines.Skip(before).ToList();
        var line = Assert.Single(lines, line => line.Contains("[1403]", StringComparison.Ordinal));
        Assert.Contains(behaviour.Cause, line, StringComparison.Ordinal);
        Assert.Contains("HTTP ", line, StringComparison.Ordinal);
        if (behaviour.Meaning == IdentityProviderFailure.Misconfigured)
        {
            Assert.Contains("(Misconfigured)", line, StringComparison.Ordinal);
            Assert.Contains("McpOidc:IdentityProvider:", line, StringComparison.Ordinal);
        }

        var audit = Assert.Single(lines, line => line.Contains("sign_in.failed:", StringComparison.Ordinal));
        Assert.Contains($"outcome {result.Query("error")}, cause HTTP ", audit, StringComparison.Ordinal);
        Assert.Contains(behaviour.Cause, audit, StringComparison.Ordinal);
        Assert.DoesNotContain(lines, line => line.StartsWith("Error ", StringComparison.Ordinal));
    }

    // Entra ID, Google, Okta; Keycloak; Auth0; glewlwyd; Entra ID.
    [Theory]
    [InlineData(401, """{"error":"invalid_client"}""", "HTTP 401, invalid_client")]
    [InlineData(400, """{"error":"invalid_client"}""", "HTTP 400, invalid_client")]
    [InlineData(401, """{"error":"unauthorized_client"}""", "HTTP 401, unauthorized_client")]
    [InlineData(401, """{"error":"access_denied","error_description":"Unauthorized"}""", "HTTP 401, access_denied")]
    [InlineData(403, "", "HTTP 403, http_403")]
    [InlineData(
        401,
        """{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1"}""",
        "HTTP 401, invalid_client AADSTS7000215"
    )]
    [InlineData(401, """{"error":"<b>","error_description":"AADSTS7000222: x"}""", "HTTP 401, http_401 AADSTS7000222")]
    public async Task A_wrong_client_secret_is_identified_by_its_setting_in_log_audit_and_timeline(int status, string body, string cause)
    {
        AtToken(http => AnswerAsync(http, status, body));
        var before = fixture.System.Server.Logs.Lines.Count;

        var page = await _browser.OpenAsync(fixture.System.Issuer + "/account", uri => uri.AbsolutePath == "/account");

        var lines = fixture.System.Server.Logs.Lines.Skip(before).ToList();
        Assert.Contains(lines, line => IsOf(line, "[1403]", "(Misconfigured)", cause, Secret));
        Assert.Contains(lines, line => IsOf(line, "sign_in.failed:", $"cause {cause},"));
        Assert.DoesNotContain(lines, line => line.Contains("Trace ID", StringComparison.Ordinal));
        var step = Assert.Single((await TimelineOfAsync(page)).Steps, step => step.Step == "idp.failed");
        Assert.StartsWith(cause, step.Detail, StringComparison.Ordinal);
        Assert.Contains(Secret, step.Detail, StringComparison.Ordinal);
        Assert.Contains("the administrator of this server has to change something", page.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("to retry", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("invalid_scope", null, "invalid_scope", "McpOidc:IdentityProvider:Scopes")]
    [InlineData("unauthorized_client", "private words", "unauthorized_client", "McpOidc:IdentityProvider:ClientId")]
    [InlineData("invalid_request", "AADSTS70011: private words", "invalid_request AADSTS70011", "McpOidc:IdentityProvider:Scopes")]
    [InlineData("unauthorized_client", "AADSTS700016: x", "unauthorized_client AADSTS700016", "McpOidc:IdentityProvider:Issuer")]
    [InlineData("access_denied", "AADSTS650053: x", "access_denied AADSTS650053", "McpOidc:IdentityProvider:Scopes")]
    // Keycloak 26.
    [InlineData(
        "invalid_request",
        "Pushed Authorization Request is only allowed.",
        "pushed_request_required invalid_request",
        "McpOidc:IdentityProvider:PushAuthorizationRequests"
    )]
    [InlineData("invalid_request", "Missing parameter: code_challenge_method", "pkce invalid_request", "PKCE with S256")]
    [InlineData("invalid_request", null, "invalid_request", "McpOidc:IdentityProvider:AdditionalParameters")]
    [InlineData("invalid_target", null, "invalid_target", "McpOidc:IdentityProvider:AdditionalParameters")]
    [InlineData("redirect_uri_mismatch", null, "redirect_uri_mismatch", "McpOidc:IdentityProvider:RedirectUri")]
    public async Task A_callback_error_about_this_server_is_logged_with_the_code_from_the_provider_and_the_remedy(
        string error,
        string? description,
        string cause,
        string remedy
    )
    {
        AtCallback(error, description);
        var before = fixture.System.Server.Logs.Lines.Count;

        var page = await _browser.OpenAsync(fixture.System.Issuer + "/account", uri => uri.AbsolutePath == "/account");

        var lines = fixture.System.Server.Logs.Lines.Skip(before).ToList();
        Assert.Contains(lines, line => IsOf(line, "Warning", "[1403]", "(Misconfigured)", cause, remedy));
        Assert.Contains(lines, line => IsOf(line, "sign_in.failed:", $"cause {cause},"));
        Assert.DoesNotContain(lines, line => line.Contains("private words", StringComparison.Ordinal));
        Assert.Contains((await TimelineOfAsync(page)).Steps, step => step.Step == "idp.refused" && IsOf(step.Detail!, cause, remedy));
        Assert.Contains("the administrator of this server has to change something", page.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("access_denied", "AADSTS65004: private words", "access_denied AADSTS65004", "[1402]")]
    [InlineData("interaction_required", null, "interaction_required", "[1402]")]
    [InlineData("temporarily_unavailable", null, "temporarily_unavailable", "[1403]")]
    [InlineData("server_error", "private words", "server_error", "[1403]")]
    [InlineData("<script>private words</script>", null, "no_error_code", "[1403]")]
    public async Task A_callback_error_about_the_person_or_a_temporary_problem_lets_the_person_retry(
        string error,
        string? description,
        string cause,
        string message
    )
    {
        AtCallback(error, description);
        var before = fixture.System.Server.Logs.Lines.Count;

        var page = await _browser.OpenAsync(fixture.System.Issuer + "/account", uri => uri.AbsolutePath == "/account");

        var lines = fixture.System.Server.Logs.Lines.Skip(before).ToList();
        Assert.Contains(lines, line => IsOf(line, message, cause));
        Assert.DoesNotContain(lines, line => line.Contains("private words", StringComparison.Ordinal));
        Assert.Contains("to retry", page.Html, StringComparison.Ordinal);
    }

    // Anyone with a browser can return any error.
    [Fact]
    public async Task A_callback_error_does_not_affect_other_people()
    {
        using var client = await RegisterAsync();
        var before = Problem;
        AtCallback("unauthorized_client", null);
        await client.AuthorizeAsync(_browser);
        fixture.Idp.Callback = null;

        using var other = new Browser();
        Assert.Equal(200, (await client.SignInAsync(other)).Status);
        Assert.Same(before, Problem);
    }

    [Theory]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback")]
    [InlineData("https://client.example/callback")]
    [InlineData(OAuthClient.DefaultRedirectUri)]
    public async Task The_client_and_the_page_before_it_are_told_that_the_operator_has_to_act(string redirectUri)
    {
        AtToken(http => AnswerAsync(http, 401, """{"error":"invalid_client"}"""));
        using var client = fixture.System.CreateClient();
        client.RedirectUri = redirectUri;
        await client.RegisterAsync();

        var page = await client.AuthorizeAsync(_browser);

        var isSaid = page.Html?.Contains("the administrator of this server has to change something", StringComparison.Ordinal);
        Assert.Equal(redirectUri.StartsWith("cursor", StringComparison.Ordinal) ? true : null, isSaid);
        Assert.Contains("must act", page.Query("error_description"), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _browser.Dispose();
        (fixture.Idp.Script, fixture.Idp.Callback) = (null, null);
    }

    private IdentityProviderException? Problem =>
        fixture.System.Server.Services.GetRequiredService<IdentityProviders>().All[0].State.Problem;

    private static bool IsOf(string line, params string[] words) => words.All(word => line.Contains(word, StringComparison.Ordinal));

    private static async Task AnswerAsync(HttpContext http, int status, string body)
    {
        (http.Response.StatusCode, http.Response.ContentType) = (status, "application/json");
        await http.Response.WriteAsync(body);
    }

    private void AtToken(Func<HttpContext, Task> answer) =>
        fixture.Idp.Script = async http =>
        {
            if (http.Request.Path != "/token")
            {
                return false;
            }

            await answer(http);
            return true;
        };

    private void AtCallback(string error, string? description) =>
        fixture.Idp.Callback = parameters =>
            (parameters["code"], parameters["error"], parameters["error_description"]) = (null, error, description);

    private async Task<OAuthClient> RegisterAsync()
    {
        var client = fixture.System.CreateClient();
        await client.RegisterAsync();
        return client;
    }

    private async Task<SignInTimeline> TimelineOfAsync(BrowserResult page)
    {
        var reference = new HtmlParser().ParseDocument(page.Html!).QuerySelector(".reference code")!.TextContent;
        return await fixture.System.Server.Services.GetRequiredService<SignInTimelines>().FindAsync(reference)
            ?? throw new InvalidOperationException("Nothing was kept.");
    }
}
