using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Faults;

/// <summary>A response; status 0 if there was none.</summary>
internal sealed record RigAnswer(int Status, string Text)
{
    public bool IsRefusal => Status is >= 400 and < 500 and not (408 or 429);

    public string? this[string member] => Status == 200 && JsonNode.Parse(Text) is JsonObject body ? body[member]?.ToString() : null;
}

/// <summary>The HTTP client of every simulated installation: it returns failures as answers and never retries.</summary>
internal sealed class RigClient(string issuer, string resource, string clientId) : IDisposable
{
    private static readonly TimeSpan s_tokenPatience = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan s_toolPatience = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public string Issuer => issuer;

    public Task<RigAnswer> RefreshAsync(string refreshToken) =>
        PostAsync("/token", ("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("resource", resource));

    public Task<RigAnswer> RevokeAsync(string token) => PostAsync("/token/revocation", ("token", token));

    public Task<RigAnswer> RedeemAsync(OAuthClient begun, string code) =>
        PostAsync(
            "/token",
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", begun.RedirectUri),
            ("code_verifier", begun.Verifier),
            ("resource", resource)
        );

    /// <summary>Signs a user in with a browser, up to the authorization code.</summary>
    /// <returns><see langword="null"/> if any step failed.</returns>
    public async Task<(OAuthClient Begun, string? Code, string? Failure)> AuthorizeAsync(string user)
    {
        using var browser = new Browser();
        var begun = new OAuthClient(issuer, resource) { ClientId = clientId };
        try
        {
            var result = await begun.AuthorizeAsync(browser, ("login_hint", user));
            return (
                begun,
                result.Query("code"),
                $"{(result.Uri.AbsoluteUri.StartsWith(issuer, StringComparison.Ordinal) ? "" : "elsewhere ")}{result.Status} "
                    + $"{result.Uri.AbsolutePath} {result.Query("error")}"
            );
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return (begun, null, exception.GetType().Name);
        }
    }

    /// <summary>Sends a request to the MCP endpoint.</summary>
    public async Task<(RigAnswer Answer, string? Session)> CallAsync(string accessToken, string? session, JsonObject message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, resource)
        {
            Content = new StringContent(message.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }

        string? given = null;
        var answer = await SendAsync(
            request,
            s_toolPatience,
            response => given = response.Headers.TryGetValues("Mcp-Session-Id", out var values) ? values.First() : null
        );
        return (answer, given ?? session);
    }

    public void Dispose() => _http.Dispose();

    private async Task<RigAnswer> PostAsync(string path, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, issuer + path)
        {
            Content = new FormUrlEncodedContent([
                new("client_id", clientId),
                .. form.Select(field => KeyValuePair.Create(field.Name, field.Value)),
            ]),
        };
        return await SendAsync(request, s_tokenPatience, static _ => { });
    }

    private async Task<RigAnswer> SendAsync(HttpRequestMessage request, TimeSpan patience, Action<HttpResponseMessage> look)
    {
        using var limit = new CancellationTokenSource(patience);
        try
        {
            using var response = await _http.SendAsync(request, limit.Token);
            look(response);
            var text = await response.Content.ReadAsStringAsync(limit.Token);
            return new RigAnswer((int)response.StatusCode, text);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException or IOException)
        {
            return new RigAnswer(0, exception.GetType().Name);
        }
    }

    /// <summary>The JSON of a response from the MCP endpoint, which may be an event stream.</summary>
    public static JsonObject? ReadMessage(RigAnswer answer)
    {
        if (answer.Status != (int)HttpStatusCode.OK)
        {
            return null;
        }

        var json = answer.Text.TrimStart().StartsWith('{')
            ? answer.Text
            : answer.Text.Split('\n').LastOrDefault(line => line.StartsWith("data:", StringComparison.Ordinal))?["data:".Length..];
        try
        {
            return json is null ? null : JsonNode.Parse(json) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
