using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace McpOidc.AppHost.Tests;

/// <summary>An MCP client with a browser for its person: discovery, registration, PKCE, consent page, the provider's login form, tools.</summary>
internal sealed class JourneyClient(Uri resource) : IDisposable
{
    private const string RedirectUri = "http://127.0.0.1:7777/callback";
    private const int MaximumSteps = 20;

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromMinutes(1) };
    private readonly HttpClient _browser = new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new CookieContainer() }) { Timeout = TimeSpan.FromMinutes(1) };
    private string _clientId = "";
    private JsonObject _server = [];
    private JsonObject _tokens = [];

    /// <summary>The pages that the person saw, by host and path.</summary>
    public List<string> Pages { get; } = [];

    public async Task SignInAsync(string name, CancellationToken cancellationToken)
    {
        await DiscoverAsync(cancellationToken);
        var registration = await PostAsync(Endpoint("registration_endpoint"), JsonContent.Create(new { client_name = "Harness", redirect_uris = new[] { RedirectUri }, token_endpoint_auth_method = "none" }), cancellationToken);
        _clientId = registration["client_id"]!.GetValue<string>();
        var verifier = Base64Url(RandomNumberGenerator.GetBytes(32));
        var challenge = Base64Url(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var query = $"response_type=code&client_id={_clientId}&redirect_uri={Uri.EscapeDataString(RedirectUri)}&scope=openid%20email%20profile&state=s&code_challenge={challenge}&code_challenge_method=S256&resource={Uri.EscapeDataString(resource.AbsoluteUri)}";
        var answer = await BrowseAsync(new Uri($"{Endpoint("authorization_endpoint")}?{query}"), name, cancellationToken);
        var parameters = System.Web.HttpUtility.ParseQueryString(answer.Query);
        Assert.True(parameters["code"] is { Length: > 0 }, $"The sign-in ended at {answer} after {string.Join(", ", Pages)}.");
        Assert.Equal(_server["issuer"]!.GetValue<string>(), parameters["iss"]);
        _tokens = await PostFormAsync(cancellationToken, ("grant_type", "authorization_code"), ("code", parameters["code"]!), ("redirect_uri", RedirectUri), ("code_verifier", verifier), ("resource", resource.AbsoluteUri));
    }

    public async Task RefreshAsync(CancellationToken cancellationToken)
        => _tokens = await PostFormAsync(cancellationToken, ("grant_type", "refresh_token"), ("refresh_token", _tokens["refresh_token"]!.GetValue<string>()));

    /// <summary>Calls a tool and gives its answer as text.</summary>
    public async Task<string> CallAsync(string tool, CancellationToken cancellationToken)
    {
        using var request = ToolCall(tool);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _tokens["access_token"]!.GetValue<string>());
        using var response = await _http.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {body}");
        return body;
    }

    public void Dispose()
    {
        _http.Dispose();
        _browser.Dispose();
    }

    private HttpRequestMessage ToolCall(string tool)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, resource)
        {
            Content = JsonContent.Create(new { jsonrpc = "2.0", id = 1, method = "tools/call", @params = new { name = tool, arguments = new { } } }),
        };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        return request;
    }

    // From the challenge to the protected resource to its authorization server (RFC 9728, RFC 8414).
    private async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        using var request = ToolCall("whoami");
        using var refused = await _http.SendAsync(request, cancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        var challenge = refused.Headers.WwwAuthenticate.ToString();
        var metadata = challenge.Split("resource_metadata=\"")[1].Split('"')[0];
        var described = (await _http.GetFromJsonAsync<JsonObject>(new Uri(metadata), cancellationToken))!;
        Assert.Equal(resource.AbsoluteUri, described["resource"]!.GetValue<string>());
        var issuer = Assert.Single(described["authorization_servers"]!.AsArray())!.GetValue<string>();
        _server = (await _http.GetFromJsonAsync<JsonObject>(new Uri(issuer + "/.well-known/oauth-authorization-server"), cancellationToken))!;
        Assert.Equal(issuer, _server["issuer"]!.GetValue<string>());
    }

    // Follows redirects and sends forms until the browser would leave for the client.
    private async Task<Uri> BrowseAsync(Uri url, string name, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        for (var step = 0; step < MaximumSteps; step++)
        {
            request.Headers.Accept.ParseAdd("text/html");
            var at = request.RequestUri!;
            using var response = await _browser.SendAsync(request, cancellationToken);
            request.Dispose();
            if (response.Headers.Location is { } location)
            {
                var next = new Uri(at, location);
                if (next.AbsoluteUri.StartsWith(RedirectUri, StringComparison.Ordinal))
                {
                    return next;
                }

                request = new HttpRequestMessage(HttpMethod.Get, next);
                continue;
            }

            Pages.Add(at.GetLeftPart(UriPartial.Path));
            var html = await response.Content.ReadAsStringAsync(cancellationToken);
            request = FillForm(html, at, name) ?? throw new InvalidOperationException($"{at} shows no form: {(int)response.StatusCode} {html}");
        }

        throw new InvalidOperationException($"Too many steps: {string.Join(", ", Pages)}");
    }

    // The consent page is allowed; Keycloak's login form and that of the demo provider have the same two fields.
    private static HttpRequestMessage? FillForm(string html, Uri at, string name)
    {
        if (new HtmlParser().ParseDocument(html).QuerySelector("form") is not IHtmlFormElement form)
        {
            return null;
        }

        var fields = form.QuerySelectorAll("input[name]").OfType<IHtmlInputElement>().Where(input => input.Type is not "checkbox").ToDictionary(input => input.Name!, input => input.Value);
        foreach (var (field, value) in new[] { ("username", name), ("password", name) })
        {
            if (form.QuerySelector($"[name={field}]") is not null)
            {
                fields[field] = value;
            }
        }

        if (form.QuerySelector("[name=decision]") is not null)
        {
            fields["decision"] = "allow";
        }
        else if (form.QuerySelector("button[name=action]") is not null)
        {
            fields["action"] = "login";
        }

        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(at, form.GetAttribute("action") ?? at.AbsoluteUri)) { Content = new FormUrlEncodedContent(fields) };
        request.Headers.Add("Origin", request.RequestUri!.GetLeftPart(UriPartial.Authority));
        return request;
    }

    private Task<JsonObject> PostFormAsync(CancellationToken cancellationToken, params (string Name, string Value)[] fields)
        => PostAsync(Endpoint("token_endpoint"), new FormUrlEncodedContent(fields.Append(("client_id", _clientId)).Select(field => new KeyValuePair<string, string>(field.Item1, field.Item2))), cancellationToken);

    private async Task<JsonObject> PostAsync(Uri url, HttpContent content, CancellationToken cancellationToken)
    {
        using var response = await _http.PostAsync(url, content, cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{url}: {(int)response.StatusCode} {body}");
        return JsonNode.Parse(body)!.AsObject();
    }

    private Uri Endpoint(string name) => new(_server[name]!.GetValue<string>());

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
