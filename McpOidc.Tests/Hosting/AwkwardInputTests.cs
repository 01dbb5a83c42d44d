using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>Input of the maximum accepted size, crafted to be slow to process (security case H17).</summary>
public sealed class AwkwardInputTests(SystemFixture fixture) : IClassFixture<SystemFixture>, IDisposable
{
    private const int Size = 60_000;
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(3);
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public static TheoryData<string, string> Bodies =>
        new()
        {
            { "nested arrays", new string('[', Size) },
            { "nested objects", Repeat("{\"a\":") },
            { "one name again and again", "{" + Repeat("\"client_name\":\"a\",") + "\"client_name\":\"a\"}" },
            { "thousands of names", "{" + string.Join(',', Enumerable.Range(0, 6_000).Select(number => $"\"n{number}\":0")) + "}" },
            {
                "thousands of redirect URIs",
                "{\"redirect_uris\":[" + string.Join(',', Enumerable.Repeat("\"http://127.0.0.1/\"", 3_000)) + "]}"
            },
            { "a redirect URI of dots and slashes", "{\"redirect_uris\":[\"https://app.example/" + Repeat("../") + "\"]}" },
            { "a redirect URI of percent signs", "{\"redirect_uris\":[\"https://app.example/" + Repeat("%2") + "\"]}" },
            { "a scope of spaces", "{\"redirect_uris\":[\"http://127.0.0.1/\"],\"scope\":\"" + Repeat("a ") + "\"}" },
            { "escapes", "{\"client_name\":\"" + Repeat("\\u0041") + "\"}" },
            { "digits", "{\"client_id_issued_at\":" + new string('9', Size) + "}" },
        };

    public void Dispose() => _http.Dispose();

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_registration_gets_a_timely_response(string what, string body)
    {
        var (status, time) = await SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, fixture.System.Issuer + "/register") { Content = Json(body) }
        );
        Assert.True(status is >= 200 and < 500 && time < s_longest, $"{what}: {status} after {time}");
    }

    [Theory]
    [InlineData("scope", "a ")]
    [InlineData("scope", " ")]
    [InlineData("resource", "%")]
    [InlineData("redirect_uri", "../")]
    [InlineData("code_verifier", "~")]
    [InlineData("client_assertion", ".")]
    [InlineData("client_assertion", "eyJhbGciOiJub25lIn0.")]
    [InlineData("subject_token", "a.")]
    public async Task A_token_request_gets_a_timely_response(string field, string repeated)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["client_id"] = "nobody",
            ["refresh_token"] = "none",
            [field] = Repeat(repeated, Size / 4),
        };
        var (status, time) = await SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, fixture.System.Issuer + "/token") { Content = new FormUrlEncodedContent(form) }
        );
        Assert.True(status is >= 400 and < 500 && time < s_longest, $"{field}: {status} after {time}");
    }

    [Theory]
    [InlineData("scope", "a ")]
    [InlineData("resource", "https://a/")]
    [InlineData("state", "\"'<")]
    [InlineData("prompt", "login ")]
    public async Task An_authorization_request_is_answered_in_time(string parameter, string repeated)
    {
        using var client = await fixture.RegisterAsync();
        var (status, time) = await SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Get, client.AuthorizeUrl((parameter, Repeat(repeated, 2_000))))
        );
        Assert.True(status is >= 200 and < 500 && time < s_longest, $"{parameter}: {status} after {time}");
    }

    [Fact]
    public async Task A_form_with_thousands_of_fields_is_refused_quickly()
    {
        var form = Encoding.ASCII.GetBytes(string.Join('&', Enumerable.Range(0, 8_000).Select(number => $"f{number}=")));
        var (status, time) = await SendAsync(() =>
            new HttpRequestMessage(HttpMethod.Post, fixture.System.Issuer + "/token")
            {
                Content = new ByteArrayContent(form)
                {
                    Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") },
                },
            }
        );
        Assert.True(status is >= 400 and < 500 && time < s_longest, $"{status} after {time}");
    }

    private async Task<(int Status, TimeSpan Time)> SendAsync(Func<HttpRequestMessage> make)
    {
        using var request = make();
        var start = Stopwatch.GetTimestamp();
        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, Stopwatch.GetElapsedTime(start));
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static string Repeat(string text, int length = Size) => string.Concat(Enumerable.Repeat(text, length / text.Length));
}
