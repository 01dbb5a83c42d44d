using System.Net;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.SignIn;

/// <summary>A provider may send the browser back with a form (OAuth 2.0 Form Post Response Mode), as Apple does.</summary>
public sealed class PostedCallbackTests : IAsyncLifetime
{
    private FaultyIdentityProvider _idp = null!;
    private TestSystem _system = null!;

    public async Task InitializeAsync()
    {
        _idp = await FaultyIdentityProvider.StartAsync();
        _system = await TestSystem.StartAsync(options =>
        {
            options.Provider = _idp.Settings;
            options.Set("McpOidc:IdentityProvider:ResponseMode", "FormPost");
        });
    }

    public async Task DisposeAsync()
    {
        await _system.DisposeAsync();
        await _idp.DisposeAsync();
    }

    [Fact]
    public async Task People_can_sign_in_when_the_response_is_a_posted_form()
    {
        using var client = _system.CreateClient();
        using var browser = new Browser();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        Assert.Equal("form_post", QueryHelpers.ParseQuery(_idp.LastAuthorizeQuery)["response_mode"].ToString());
    }

    [Fact]
    public async Task A_provider_refusal_sent_as_a_form_is_passed_on_to_the_client()
    {
        _idp.Callback = parameters =>
        {
            parameters.Remove("code");
            parameters["error"] = "access_denied";
        };
        using var client = _system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        Assert.Equal("access_denied", (await client.AuthorizeAsync(browser)).Query("error"));
    }

    // SameSite=Lax cookies are not sent with a form from another site.
    [Theory]
    [InlineData("code=a&state=b&user=%7B%22name%22%3A%22Carol%22%7D&id_token=c", "?code=a&state=b")]
    [InlineData("code=a&code=b&state=c", "?code=a&code=b&state=c")]
    [InlineData("error=user_cancelled_authorize&state=%26x%3D%0A", "?error=user_cancelled_authorize&state=%26x%3D%0A")]
    [InlineData("", "")]
    public async Task A_posted_callback_without_cookies_is_redirected_as_a_GET_with_only_the_allowed_parameters(string form, string query)
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var content = new StringContent(form, null, "application/x-www-form-urlencoded");
        using var request = new HttpRequestMessage(HttpMethod.Post, _system.Issuer + "/oauth/callback") { Content = content };
        request.Headers.Add("Origin", "https://appleid.apple.com");

        using var answer = await http.SendAsync(request).WaitAsync(TimeSpan.FromSeconds(30));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal("/oauth/callback" + query, answer.Headers.Location!.OriginalString);
        Assert.False(answer.Headers.Contains("Set-Cookie"));
    }
}
