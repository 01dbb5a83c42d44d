using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>Bodies that no real client sends are the sender's mistake: they yield 400 and are not logged as a server fault.</summary>
public sealed class BrokenRequestTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    [Theory]
    [InlineData("/oauth/consent")]
    [InlineData("/token")]
    [InlineData("/token/revocation")]
    [InlineData("/token/introspection")]
    [InlineData("/authorize")]
    [InlineData("/me")]
    [InlineData("/session/end")]
    [InlineData("/oauth/idp-tokens")]
    [InlineData("/register")]
    [InlineData("/TOKEN")]
    [InlineData("/Request")]
    [InlineData("/oauth/Consent")]
    [InlineData("/account")]
    public async Task Any_body_of_any_content_type_gets_a_status_below_500(string path)
    {
        string[] types =
        [
            "application/x-www-form-urlencoded",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded; charset=utf-7",
            "application/x-www-form-urlencoded; charset=x",
            "application/x-www-form-urlencoded;",
            "application/x-www-form-urlencodedx",
            "application/x-www-form-urlencoded, text/plain",
            "application/x-www-form-urlencoded; charset",
            "application/json",
            "text/plain",
            "",
        ];
        string[] bodies =
        [
            "",
            "{",
            "[]",
            "%",
            "a=%zz&=&&==",
            "refresh_token=%ff%00",
            "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n",
            new string('a', 100_000),
            Many(2_000),
        ];
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        foreach (var (type, body) in types.SelectMany(_ => bodies, (type, body) => (type, body)))
        {
            using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            content.Headers.TryAddWithoutValidation("Content-Type", type.Length == 0 ? [] : [type]);
            using var response = await http.PostAsync(fixture.System.Issuer + path, content);
            Assert.True((int)response.StatusCode < 500, $"{path} {type} {body[..Math.Min(30, body.Length)]}: {(int)response.StatusCode}");
        }
    }

    [Theory]
    [InlineData("/token", "application/x-www-form-urlencoded;", "grant_type=made-up", "unsupported_grant_type")]
    [InlineData("/token", "APPLICATION/X-WWW-FORM-URLENCODED; charset=\"UTF-8\"", "grant_type=made-up", "unsupported_grant_type")]
    [InlineData("/register", "application/json;", """{"redirect_uris":["http://127.0.0.1/cb"]}""", "client_id_issued_at")]
    [InlineData(
        "/register",
        "application/json ; charset=\"UTF-8\"",
        """{"redirect_uris":["http://127.0.0.1/cb"]}""",
        "client_id_issued_at"
    )]
    public async Task A_body_is_read_although_its_content_type_is_written_oddly(string path, string type, string body, string expected)
    {
        using var http = new HttpClient();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await http.PostAsync(fixture.System.Issuer + path, content);
        Assert.Contains(expected, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Many(int count) => string.Join('&', Enumerable.Range(0, count).Select(number => $"p{number}=1"));
}
