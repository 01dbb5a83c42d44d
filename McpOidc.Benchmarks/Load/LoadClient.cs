using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Benchmarks.Load;

/// <summary>An MCP client and its user's browser, with only what the protocol needs.</summary>
/// <param name="system">The system that it signs in to.</param>
/// <param name="origin">The address of the authorization server that it uses.</param>
internal sealed partial class LoadClient(LoadSystem system, string origin) : IDisposable
{
    private const string RedirectUri = "http://127.0.0.1:7777/callback";

    private readonly string _host = new Uri(system.Issuer).Authority;
    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            MaxConnectionsPerServer = 256,
        }
    );

    /// <summary>The registration request.</summary>
    public const string Registration =
        """{"client_name":"Load","redirect_uris":["http://127.0.0.1:7777/callback"],"token_endpoint_auth_method":"none","grant_types":["authorization_code","refresh_token"]}""";

    /// <summary>The client address that the proxy reports; one fixed address if <see langword="null"/>.</summary>
    public string? Address { get; init; }

    public async Task<string> RegisterAsync()
    {
        using var response = await AskAsync(
            Post("/register", new StringContent(Registration, Encoding.UTF8, "application/json")),
            times: null
        );
        var answer = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        return answer["client_id"]?.GetValue<string>() ?? throw new InvalidOperationException(answer.ToJsonString());
    }

    /// <summary>A sign-in in a new browser: consent, identity provider, code, tokens.</summary>
    /// <param name="clientId">The client.</param>
    /// <param name="times">Collects the authorization server's response times.</param>
    public async Task<(string AccessToken, string RefreshToken)> SignInAsync(string clientId, ConcurrentBag<TimeSpan>? times = null)
    {
        var verifier = Base64UrlEncoder.Encode(RandomNumberGenerator.GetBytes(32));
        var challenge = Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var cookies = new Dictionary<string, string>();
        var url =
            $"{system.Issuer}/authorize?response_type=code&client_id={clientId}"
            + $"&redirect_uri={Uri.EscapeDataString(RedirectUri)}"
            + $"&scope=openid%20email%20profile&state=s&code_challenge={challenge}&code_challenge_method=S256"
            + $"&resource={Uri.EscapeDataString(system.Resource)}";
        for (var step = 0; step < 12; step++)
        {
            using var response = await SendAsync(new HttpRequestMessage(HttpMethod.Get, url), cookies, times);
            url = response.Headers.Location is { } next
                ? new Uri(new Uri(url), next).AbsoluteUri
                : await AllowAsync(await response.Content.ReadAsStringAsync(), cookies, times);
            if (url.StartsWith(RedirectUri, StringComparison.Ordinal))
            {
                return await RedeemAsync(clientId, verifier, Code().Match(url).Groups[1].Value, times);
            }
        }

        throw new InvalidOperationException($"The sign-in ended at {url}.");
    }

    /// <returns>The next refresh token.</returns>
    public async Task<string> RefreshAsync(string clientId, string refreshToken, ConcurrentBag<TimeSpan>? times = null)
    {
        using var response = await AskAsync(
            Post(
                "/token",
                new FormUrlEncodedContent(
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "refresh_token",
                        ["refresh_token"] = refreshToken,
                        ["client_id"] = clientId,
                        ["resource"] = system.Resource,
                    }
                )
            ),
            times
        );
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync<JsonObject>())!["refresh_token"]!.GetValue<string>()
            : throw new InvalidOperationException($"A refresh was answered {(int)response.StatusCode}.");
    }

    public void Dispose() => _http.Dispose();

    private async Task<string> AllowAsync(string html, Dictionary<string, string> cookies, ConcurrentBag<TimeSpan>? times)
    {
        var fields = Field()
            .Matches(html)
            .ToDictionary(field => field.Groups[1].Value, field => WebUtility.HtmlDecode(field.Groups[2].Value));
        fields["decision"] = "allow";
        using var request = Post("/oauth/consent", new FormUrlEncodedContent(fields));
        request.Headers.Add("Origin", system.Issuer);
        using var response = await SendAsync(request, cookies, times);
        return response.Headers.Location?.AbsoluteUri
            ?? throw new InvalidOperationException($"Consent ended in {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    private async Task<(string AccessToken, string RefreshToken)> RedeemAsync(
        string clientId,
        string verifier,
        string code,
        ConcurrentBag<TimeSpan>? times
    )
    {
        using var response = await AskAsync(
            Post(
                "/token",
                new FormUrlEncodedContent(
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "authorization_code",
                        ["code"] = Uri.UnescapeDataString(code),
                        ["client_id"] = clientId,
                        ["redirect_uri"] = RedirectUri,
                        ["code_verifier"] = verifier,
                        ["resource"] = system.Resource,
                    }
                )
            ),
            times
        );
        var body = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        return response.IsSuccessStatusCode
            ? (body["access_token"]!.GetValue<string>(), body["refresh_token"]!.GetValue<string>())
            : throw new InvalidOperationException(body.ToJsonString());
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        Dictionary<string, string> cookies,
        ConcurrentBag<TimeSpan>? times
    )
    {
        if (cookies.Count > 0 && IsOurs(request))
        {
            request.Headers.Add("Cookie", string.Join("; ", cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        }

        var response = await AskAsync(request, times);
        foreach (var cookie in response.Headers.TryGetValues("Set-Cookie", out var values) ? values : [])
        {
            var (name, value) = (cookie.Split('=', 2)[0], cookie.Split('=', 2)[1].Split(';')[0]);
            cookies[name] = value;
        }

        return response;
    }

    /// <summary>Sends a request; one to the issuer carries the proxy's headers.</summary>
    private async Task<HttpResponseMessage> AskAsync(HttpRequestMessage request, ConcurrentBag<TimeSpan>? times)
    {
        using (request)
        {
            if (!IsOurs(request))
            {
                return await _http.SendAsync(request);
            }

            request.RequestUri = new Uri(origin + request.RequestUri!.PathAndQuery);
            ReverseProxy.AddHeaders(request, _host, Address);
            var began = Stopwatch.GetTimestamp();
            var response = await _http.SendAsync(request);
            times?.Add(Stopwatch.GetElapsedTime(began));
            return response;
        }
    }

    private bool IsOurs(HttpRequestMessage request) => request.RequestUri!.Authority == _host;

    private HttpRequestMessage Post(string path, HttpContent content) => new(HttpMethod.Post, system.Issuer + path) { Content = content };

    [GeneratedRegex("[?&]code=([^&]+)")]
    private static partial Regex Code();

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex Field();
}
