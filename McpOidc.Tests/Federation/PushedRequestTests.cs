using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Federation;

/// <summary>A provider that accepts pushed authorization requests (RFC 9126), and one that accepts only those.</summary>
public sealed class PushedRequestTests : IAsyncLifetime
{
    private const string Reference = "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c";
    private FaultyIdentityProvider _idp = null!;
    private IFormCollection? _pushed;
    private (int Status, string Body) _answer = (201, $$"""{"request_uri":"{{Reference}}","expires_in":60}""");

    public async Task InitializeAsync()
    {
        _idp = await FaultyIdentityProvider.StartAsync();
        _idp.Script = async http =>
        {
            if (http.Request.Path == "/par")
            {
                _pushed = await http.Request.ReadFormAsync();
                (http.Response.StatusCode, http.Response.ContentType) = (_answer.Status, "application/json");
                await http.Response.WriteAsync(_answer.Body);
                return true;
            }

            // Restores the pushed parameters, as a provider does.
            if (http.Request.Path == "/authorize" && http.Request.Query["request_uri"] == Reference)
            {
                http.Request.QueryString = QueryString.Create(_pushed!.Where(field => field.Key != "client_secret"));
            }

            return false;
        };
    }

    public Task DisposeAsync() => _idp.DisposeAsync().AsTask();

    [Theory]
    [InlineData(true, null, true)]
    [InlineData(false, null, false)]
    [InlineData(false, "true", true)]
    [InlineData(true, "false", false)]
    public async Task A_request_is_pushed_if_the_provider_or_the_setting_requires_it(bool required, string? setting, bool isPushed)
    {
        Publish(required);
        string? address = null;
        var script = _idp.Script!;
        _idp.Script = http =>
        {
            address = http.Request.Path == "/authorize" ? http.Request.QueryString.Value : address;
            return script(http);
        };
        await using var signedIn = await SignedInSystem.StartAsync(options => Configure(options, setting));
        Assert.Equal(isPushed, _pushed is not null);
        if (_pushed is null)
        {
            return;
        }

        Assert.Equal(
            [("client_id", FaultyIdentityProvider.ClientId), ("request_uri", Reference)],
            QueryHelpers.ParseQuery(address).Select(parameter => (parameter.Key, parameter.Value.ToString())).Order()
        );
        foreach (var name in (string[])["state", "nonce", "code_challenge", "redirect_uri", "scope", "response_type", "client_secret"])
        {
            Assert.Single(_pushed[name]);
        }
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client"}""", "server_error", "ClientSecret")]
    [InlineData(400, """{"error":"invalid_redirect_uri"}""", "server_error", "RedirectUri")]
    [InlineData(400, """{"error":"invalid_scope"}""", "server_error", "Scopes")]
    [InlineData(201, "{}", "server_error", "no_access_token")]
    [InlineData(503, "", "temporarily_unavailable", "http_503")]
    public async Task A_refused_pushed_request_ends_the_sign_in_and_the_cause_is_logged(
        int status,
        string body,
        string error,
        string logged
    )
    {
        Publish(required: true);
        _answer = (status, body);
        await using var system = await TestSystem.StartAsync(options => Configure(options, null));
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        Assert.Equal(error, (await client.AuthorizeAsync(browser)).Query("error"));
        Assert.Contains(system.Server.Logs.Lines, line => line.Contains(logged, StringComparison.Ordinal));
    }

    private void Publish(bool required) =>
        _idp.Document = document =>
        {
            document["pushed_authorization_request_endpoint"] = _idp.Issuer + "/par";
            document["require_pushed_authorization_requests"] = JsonValue.Create(required);
        };

    private void Configure(TestSystemOptions options, string? setting)
    {
        _idp.Clock = options.Clock;
        options.Provider = _idp.Settings;
        options.Set("McpOidc:IdentityProvider:ClientAuthentication", "Post");
        if (setting is not null)
        {
            options.Set("McpOidc:IdentityProvider:PushAuthorizationRequests", setting);
        }
    }
}
