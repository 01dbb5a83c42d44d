using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;
using Xunit.Abstractions;

namespace McpOidc.Tests.Fuzzing;

/// <summary>The public endpoints, over HTTP (security cases A25, C34, E11, G02, H16): status below 500, and no fault in the log.</summary>
public sealed class EndpointFuzzTests(SystemFixture fixture, ITestOutputHelper output) : IClassFixture<SystemFixture>, IDisposable
{
    private const int Cost = 100;
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });

    public void Dispose() => _http.Dispose();

    [Fact]
    public Task Register() =>
        RunAsync(
            "/register",
            mutator =>
                (
                    Json: mutator.Bytes(mutator.Json(OAuthClient.Metadata("http://127.0.0.1/cb", "https://app.example/cb"))),
                    Type: mutator.Next(10) == 0 ? mutator.Text("application/json; charset=utf-8") : "application/json"
                ),
            input =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, fixture.System.Issuer + "/register")
                {
                    Content = new ByteArrayContent(input.Json),
                };
                request.Content.Headers.TryAddWithoutValidation("Content-Type", OneLine(input.Type));
                return request;
            }
        );

    [Fact]
    public async Task Authorize()
    {
        using var client = await fixture.RegisterAsync();
        var fields = Fields(new Uri(client.AuthorizeUrl(("prompt", "none"), ("max_age", "60"), ("login_hint", "alice"))).Query);
        await RunAsync(
            "/authorize",
            mutator => (Query: Form(mutator, fields), Posted: mutator.Next(4) == 0),
            input =>
                input.Posted
                    ? new HttpRequestMessage(HttpMethod.Post, client.Issuer + "/authorize") { Content = FormContent(input.Query) }
                    : new HttpRequestMessage(HttpMethod.Get, client.Issuer + "/authorize?" + input.Query)
        );
    }

    [Theory]
    [InlineData("/token")]
    [InlineData("/token/revocation")]
    [InlineData("/token/introspection")]
    [InlineData("/request")]
    public async Task Client_requests(string path)
    {
        using var browser = new Browser();
        using var client = await fixture.RegisterAsync();
        var (code, tokens) = (await client.GetCodeAsync(browser), await client.SignInAsync(browser));
        Dictionary<string, string>[] seeds =
        [
            new()
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["redirect_uri"] = client.RedirectUri,
                ["code_verifier"] = client.Verifier,
                ["client_id"] = client.ClientId,
                ["resource"] = client.Resource,
            },
            new()
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = tokens.RefreshToken,
                ["client_id"] = client.ClientId,
                ["scope"] = "openid email",
            },
            new()
            {
                ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
                ["assertion"] = tokens.AccessToken,
                ["client_id"] = client.ClientId,
                ["client_secret"] = "secret",
            },
            new()
            {
                ["token"] = tokens.AccessToken,
                ["token_type_hint"] = "refresh_token",
                ["client_id"] = client.ClientId,
            },
            new()
            {
                ["grant_type"] = "client_credentials",
                ["client_assertion_type"] = ClientKey.AssertionType,
                ["client_assertion"] = tokens.AccessToken,
                ["client_id"] = client.ClientId,
            },
        ];
        await RunAsync(
            path,
            mutator =>
                (
                    Body: Form(mutator, mutator.Pick(seeds)),
                    Header: mutator.Next(4) == 0 ? mutator.Text("Basic YWJjOmRlZg==") : null,
                    Proof: mutator.Next(4) == 0 ? mutator.Text(tokens.AccessToken) : null
                ),
            input =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, client.Issuer + path) { Content = FormContent(input.Body) };
                AddHeader(request, "Authorization", input.Header);
                AddHeader(request, "DPoP", input.Proof);
                return request;
            }
        );
    }

    [Fact]
    public async Task Arbitrary_Authorization_headers_never_cause_a_fault()
    {
        using var browser = new Browser();
        using var client = await fixture.RegisterAsync();
        var tokens = await client.SignInAsync(browser);
        await RunAsync(
            "/echo",
            mutator => mutator.Text(mutator.Pick(["Bearer ", "DPoP ", "bearer  "]) + tokens.AccessToken),
            header =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, fixture.System.McpOrigin + "/echo");
                AddHeader(request, "Authorization", header);
                return request;
            }
        );
    }

    private async Task RunAsync<T>(string target, Func<Mutator, T> make, Func<T, HttpRequestMessage> build)
    {
        await new FuzzRun(output, target).RunAsync(
            FuzzInputs.Count(400, Cost),
            make,
            async input =>
            {
                using var request = build(input);
                using var response = await _http.SendAsync(request);
                var body = await response.Content.ReadAsStringAsync();
                Assert.True((int)response.StatusCode is >= 200 and < 500, $"{(int)response.StatusCode} {body}");
                Assert.InRange(body.Length, 0, 200_000);
                foreach (var challenge in response.Headers.WwwAuthenticate)
                {
                    // Parsed by .NET's own challenge reader, which returns as one token what it cannot split into parameters.
                    Assert.Contains(challenge.Scheme, new[] { "Bearer", "DPoP", "Basic" });
                }
            }
        );
        Assert.DoesNotContain(
            fixture.System.Server.Logs.Lines,
            line => line.StartsWith("Critical", StringComparison.Ordinal) || line.StartsWith("Error", StringComparison.Ordinal)
        );
    }

    private static Dictionary<string, string> Fields(string query) =>
        QueryHelpers.ParseQuery(query).ToDictionary(field => field.Key, field => field.Value.ToString());

    /// <summary>Fields omitted, repeated, renamed and changed; encoded correctly or nearly so.</summary>
    private static string Form(Mutator mutator, Dictionary<string, string> fields)
    {
        var pairs = fields
            .Where(_ => mutator.Next(20) > 0)
            .Select(field => (Name: field.Key, Value: mutator.Next(5) == 0 ? mutator.Text(field.Value) : field.Value))
            .ToList();
        if (mutator.Next(4) == 0 && pairs.Count > 0)
        {
            pairs.Add((mutator.Text(mutator.Pick(pairs).Name), mutator.Pick(pairs).Value));
        }

        var text = string.Join('&', pairs.Select(pair => Uri.EscapeDataString(pair.Name) + "=" + Uri.EscapeDataString(pair.Value)));
        return mutator.Next(4) == 0
            ? Uri.EscapeDataString(mutator.Text(text))
                .Replace("%3D", "=", StringComparison.Ordinal)
                .Replace("%26", "&", StringComparison.Ordinal)
                .Replace("%25", "%", StringComparison.Ordinal)
            : text;
    }

    private static ByteArrayContent FormContent(string body) =>
        new(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded") } };

    // HttpClient sends no line breaks in headers; raw-byte tests cover what a server does with them.
    private static void AddHeader(HttpRequestMessage request, string name, string? value)
    {
        if (value is not null)
        {
            request.Headers.TryAddWithoutValidation(name, OneLine(value));
        }
    }

    private static string OneLine(string value) => new([.. value.Where(character => character is >= ' ' and < '\u007f').Take(8_000)]);
}
