using System.Net;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Protection;

/// <summary>Hostile messages from a client with a valid token to the MCP endpoint (security cases G20, G21): they are refused, and the next
/// call works.</summary>
public sealed class HostileMessageTests(HostileMessageTests.Fixture fixture) : IClassFixture<HostileMessageTests.Fixture>
{
    private const string List = """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""";
    private const string Json = "application/json";
    private const string Accepted = "application/json, text/event-stream";

    public static TheoryData<string, byte[]> Messages =>
        new()
        {
            { "nothing", [] },
            { "no JSON", "hello"u8.ToArray() },
            { "half of it", "{\"jsonrpc\":\"2.0\",\"id\":1,\"meth"u8.ToArray() },
            { "a number", "42"u8.ToArray() },
            { "null", "null"u8.ToArray() },
            { "an empty batch", "[]"u8.ToArray() },
            { "a batch", Encoding.UTF8.GetBytes($"[{List},{List}]") },
            { "ten thousand arrays", Encoding.UTF8.GetBytes(new string('[', 10_000)) },
            { "ten thousand objects", Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"params\":", 10_000))) },
            {
                "depth in the arguments",
                Encoding.UTF8.GetBytes(
                    $$$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","arguments":{"a":{{{new string('[', 10_000)}}}{{{new string(']', 10_000)}}}} } }"""
                )
            },
            { "an id that is an object", """{"jsonrpc":"2.0","id":{},"method":"tools/list"}"""u8.ToArray() },
            { "a method that is a list", """{"jsonrpc":"2.0","id":1,"method":["tools/list"]}"""u8.ToArray() },
            { "no UTF-8", [.. "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\""u8, 0xff, 0xfe, .. "\"}"u8] },
            { "UTF-16", Encoding.Unicode.GetBytes(List) },
            { "NUL", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\0b\"}"u8.ToArray() },
        };

    [Theory]
    [MemberData(nameof(Messages))]
    public async Task A_message_that_is_not_a_request_is_refused(string what, byte[] body)
    {
        var status = await SendAsync(body);
        Assert.True((int)status is >= 400 and < 500, $"{what}: {status}");
        await AssertWorksAsync();
    }

    // Unsolicited responses, duplicate names, a byte order mark: accepted or refused, but nothing breaks.
    [Theory]
    [InlineData("""{"jsonrpc":"2.0","id":1,"result":{}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}""")]
    [InlineData("\uFEFF" + List)]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"\ud800"}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1e400,"method":"tools/list"}""")]
    public async Task An_odd_message_breaks_nothing(string body)
    {
        Assert.InRange((int)await SendAsync(Encoding.UTF8.GetBytes(body)), 200, 499);
        await AssertWorksAsync();
    }

    // The second declares no length: it is read up to the web server's limit of 30 MB and no further.
    [Theory]
    [InlineData(64L << 20, true, 0)]
    [InlineData(30_200_000L, false, 30_200_000)]
    public async Task An_oversized_body_yields_413_and_is_not_buffered(long length, bool isDeclared, long mostSent)
    {
        var content = new EndlessContent(length, isDeclared);
        using var request = Request(content, Accepted);
        // Otherwise the server's response is lost, because the server does not read the rest of the body.
        request.Headers.ExpectContinue = true;
        using var response = await fixture.Client.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.InRange(content.Sent, 0, mostSent);
        await AssertWorksAsync();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("application/xml")]
    public async Task Another_content_type_yields_415(string type) =>
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, await SendAsync(Encoding.UTF8.GetBytes(List), type));

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    [InlineData("text/event-stream")]
    public async Task A_client_that_does_not_accept_both_response_types_gets_406(string accept) =>
        Assert.Equal(HttpStatusCode.NotAcceptable, await SendAsync(Encoding.UTF8.GetBytes(List), Json, accept));

    private async Task AssertWorksAsync() => Assert.Equal(HttpStatusCode.OK, await SendAsync(Encoding.UTF8.GetBytes(List)));

    private async Task<HttpStatusCode> SendAsync(byte[] body, string type = Json, string accept = Accepted)
    {
        using var request = Request(new ByteArrayContent(body) { Headers = { ContentType = MediaTypeHeaderValue.Parse(type) } }, accept);
        using var response = await fixture.Client.Http.SendAsync(request);
        return response.StatusCode;
    }

    private HttpRequestMessage Request(HttpContent content, string accept)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, fixture.System.Resource) { Content = content };
        request.Headers.Accept.ParseAdd(accept);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", fixture.Tokens.AccessToken);
        return request;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly Browser _browser = new();

        public TestSystem System { get; private set; } = null!;

        public OAuthClient Client { get; private set; } = null!;

        public TokenAnswer Tokens { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            System = await TestSystem.StartAsync();
            Client = System.CreateClient();
            Tokens = await Client.SignInAsync(_browser);
        }

        public async Task DisposeAsync()
        {
            _browser.Dispose();
            Client.Dispose();
            await System.DisposeAsync();
        }
    }

    /// <summary>Declares a length, if asked to, and produces spaces for as long as they are read.</summary>
    private sealed class EndlessContent : HttpContent
    {
        private readonly long _length;
        private readonly bool _isDeclared;

        public EndlessContent(long length, bool isDeclared)
        {
            _length = length;
            _isDeclared = isDeclared;
            Headers.ContentType = new MediaTypeHeaderValue(Json);
        }

        /// <summary>The number of bytes read.</summary>
        public long Sent { get; private set; }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var spaces = new byte[64 * 1024];
            Array.Fill(spaces, (byte)' ');
            while (Sent < _length)
            {
                var next = (int)Math.Min(spaces.Length, _length - Sent);
                await stream.WriteAsync(spaces.AsMemory(0, next));
                Sent += next;
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _length;
            return _isDeclared;
        }
    }
}
