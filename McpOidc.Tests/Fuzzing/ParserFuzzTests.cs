using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.DPoP;
using McpOidc.Keys;
using McpOidc.Protection;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Tests.DPoP;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Token.IdentityAssertion;
using McpOidc.Token.ClientAuthentication;
using McpOidc.Token.IdentityAssertion;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using Xunit.Abstractions;

namespace McpOidc.Tests.Fuzzing;

/// <summary>Every parser of untrusted input, in process and many times (security cases E11, F22, G02, H17).</summary>
public sealed partial class ParserFuzzTests(ParserFuzzTests.Fixture fixture, ITestOutputHelper output)
    : IClassFixture<ParserFuzzTests.Fixture>
{
    private const string Url = "https://client.example/oauth/client.json";
    private const string Target = "https://auth.example/token";
    private static readonly JsonObject s_document = new()
    {
        ["client_id"] = Url,
        ["client_name"] = "A client",
        ["redirect_uris"] = new JsonArray("http://127.0.0.1/cb", "https://client.example/cb", "com.example.app:/cb"),
        ["token_endpoint_auth_method"] = "none",
        ["grant_types"] = new JsonArray("authorization_code", "refresh_token"),
        ["response_types"] = new JsonArray("code"),
        ["client_uri"] = "https://client.example/",
        ["scope"] = "openid",
        ["jwks"] = new JsonObject { ["keys"] = new JsonArray() },
    };

    private static readonly string[] s_redirectUris =
    [
        "http://127.0.0.1:8080/cb?a=b",
        "http://localhost/cb",
        "http://[::1]:1/",
        "https://app.example/cb",
        "com.example.app:/cb",
        "cursor://anysphere.cursor-mcp/oauth",
    ];
    private static readonly string[] s_resources =
    [
        "https://mcp.example/mcp",
        "HTTPS://MCP.EXAMPLE:443/mcp/",
        "http://localhost:3000/mcp?x=1",
        "https://mcp.example/%6dcp",
    ];

    private readonly IServiceProvider _services = fixture.System.Server.Services;

    [Fact]
    public Task Metadata_documents()
    {
        var reader = _services.GetRequiredService<ClientDocumentReader>();
        return RunAsync(
            "ClientDocumentReader",
            20_000,
            mutator => mutator.Bytes(mutator.Json(s_document)),
            body =>
            {
                try
                {
                    var metadata = reader.Complete(ClientDocumentReader.Read(Url, body), keys: null);
                    Assert.InRange(metadata.RedirectUris!.Length, 1, RedirectUriPolicy.MaximumCount);
                }
                catch (ClientDocumentException) { }
            }
        );
    }

    [Fact]
    public Task Registrations()
    {
        var validator = _services.GetRequiredService<ClientMetadataValidator>();
        return RunAsync(
            "RegistrationRequest",
            20_000,
            mutator => mutator.Bytes(mutator.Json(s_document)),
            body =>
            {
                var (sent, error) = RegistrationRequest.Parse(body);
                var (metadata, problem) = sent is null ? (null, error) : validator.Validate(sent);
                Assert.True((metadata is null) != (problem is null));
            }
        );
    }

    [Fact]
    public Task Key_sets() =>
        RunAsync(
            "JsonWebKeySetReader",
            10_000,
            mutator => mutator.Json(fixture.PrivateKeys),
            text =>
            {
                try
                {
                    Assert.NotEmpty(JsonWebKeySetReader.Read(text));
                }
                catch (FormatException exception)
                {
                    Assert.DoesNotContain(
                        fixture.PrivateKeys["keys"]![0]!["d"]!.ToString(),
                        exception.ToString(),
                        StringComparison.Ordinal
                    );
                }
            }
        );

    [Fact]
    public Task Redirect_URIs() =>
        RunAsync(
            "RedirectUriMatch",
            50_000,
            mutator => (Registered: mutator.Pick(s_redirectUris), Requested: mutator.Text(mutator.Pick(s_redirectUris))),
            pair =>
            {
                // The case of a private-use scheme is not significant (RFC 3986 §6.2.2.1).
                var isOfScheme =
                    pair.Registered.Split(':', 2) is [not ("http" or "https") and var scheme, var rest]
                    && pair.Requested.EndsWith(":" + rest, StringComparison.Ordinal)
                    && pair.Requested.Split(':', 2)[0].Equals(scheme, StringComparison.OrdinalIgnoreCase);
                if (RedirectUriMatch.Matches(pair.Registered, pair.Requested) && pair.Registered != pair.Requested && !isOfScheme)
                {
                    // A URI parser gives the second opinion.
                    var (registered, requested) = (new Uri(pair.Registered), new Uri(pair.Requested));
                    Assert.True(requested.IsLoopback && requested.Scheme == "http", pair.Requested);
                    Assert.Equal(registered.Host, requested.Host);
                    // RFC 3986 §6.2.3: an empty path is the root.
                    Assert.Equal(Rooted(Port().Replace(pair.Registered, "")), Rooted(Port().Replace(pair.Requested, "")));
                }

                RedirectUri.Read(pair.Requested);
                Assert.False(
                    RedirectUriMatch.IsLoopback(RedirectUriMatch.WithoutLoopbackPort(pair.Requested))
                        && !RedirectUriMatch.IsLoopback(pair.Requested)
                );
            }
        );

    [Fact]
    public Task Resource_indicators()
    {
        var known = new KnownResources(Options.Create(new McpOidcOptions { Resources = { new ResourceOptions { Uri = s_resources[0] } } }));
        return RunAsync(
            "RequestedResource",
            50_000,
            mutator => mutator.Text(mutator.Pick(s_resources)),
            text =>
            {
                if (RequestedResource.Find(text, known) is not null)
                {
                    var uri = new Uri(text);
                    Assert.Equal(("https", "mcp.example", 443, ""), (uri.Scheme, uri.Host, uri.Port, uri.UserInfo));
                }

                var canonical = CanonicalResource.From(text);
                Assert.True(canonical is null || CanonicalResource.AreSame(canonical, text), text);
            }
        );
    }

    [Fact]
    public Task Arbitrary_client_id_URLs_never_cause_a_fault() =>
        RunAsync(
            "ClientIdUrl",
            50_000,
            mutator => mutator.Text(mutator.Pick([Url, "https://a.example:8443/x?y=z", "https://xn--pple-43d.example/c"])),
            text =>
            {
                if (ClientIdUrl.FindProblem(text, allowLoopback: false) is null)
                {
                    var uri = new Uri(text);
                    Assert.True(
                        uri is { Scheme: "https", IsLoopback: false, HostNameType: UriHostNameType.Dns, Fragment: "", UserInfo: "" }
                            && ClientIdUrl.IsUrl(text),
                        text
                    );
                }
            }
        );

    [Fact]
    public Task DPoP_proofs()
    {
        var verifier = _services.GetRequiredService<ProofVerifier>();
        return RunAsync(
            "ProofVerifier",
            4_000,
            mutator => Sign(mutator, ProofPayload(), "dpop+jwt", new JsonObject { ["jwk"] = fixture.Key.PublicJwk }),
            async proof =>
            {
                var http = new DefaultHttpContext();
                http.Request.Method = "POST";
                http.Request.Headers["DPoP"] = proof;
                var (thumbprint, problem) = await verifier.VerifyAsync(http.Request, Target, null, CancellationToken.None);
                Assert.True((thumbprint is null) != (problem is null));
                Assert.True(thumbprint is null || thumbprint == fixture.Key.Thumbprint());
            }
        );
    }

    [Fact]
    public Task Client_assertions()
    {
        var verifier = _services.GetRequiredService<ClientAssertion>();
        var keys = new JsonWebKeySet(fixture.Key.Jwks.ToJsonString()).Keys;
        var payload = JwtReader.Payload(fixture.Key.Assert("client", fixture.System.Issuer));
        return RunAsync(
            "ClientAssertion",
            4_000,
            mutator => Sign(mutator, payload, "JWT", []),
            async text =>
            {
                if (
                    ClientAssertion.Read(text) is { } assertion
                    && await verifier.FindProblemAsync(assertion, "client", keys, isOfUser: false, CancellationToken.None) is null
                )
                {
                    Assert.Equal("client", assertion.Issuer);
                }
            }
        );
    }

    [Fact]
    public Task Identity_assertions()
    {
        var reader = _services.GetRequiredService<IdentityAssertionReader>();
        var payload = fixture.Provider.Payload(fixture.System.Issuer, fixture.System.Resource, "agent");
        return RunAsync(
            "IdentityAssertionReader",
            4_000,
            mutator => Sign(mutator, payload, AssertingProvider.Type, [], fixture.Provider.Key),
            async text =>
            {
                var (assertion, problem) = await reader.ReadAsync(text, "agent", CancellationToken.None);
                Assert.True((assertion is null) != (problem is null));
                if (assertion is not null)
                {
                    await reader.IsFirstUseAsync(assertion, CancellationToken.None);
                }
            }
        );
    }

    [Fact]
    public Task Access_tokens()
    {
        var verifier = _services.GetRequiredService<TokenVerifier>();
        var resource = _services.GetRequiredService<ProtectedResources>().All[0];
        var good = fixture.Tokens.AccessToken;
        return RunAsync(
            "TokenVerifier",
            4_000,
            mutator =>
                mutator.Next(2) == 0
                    ? mutator.Text(good)
                    : Forgery.Resign(fixture.System, good, payload => Replace(payload, mutator.Object(payload))),
            async text =>
            {
                var verdict = await verifier.VerifyAsync(text.AsMemory(), resource, CancellationToken.None);
                Assert.True(verdict is TokenVerdict.Valid or TokenVerdict.Invalid, text);
            }
        );
    }

    private Task RunAsync<T>(string target, int count, Func<Mutator, T> make, Action<T> use) =>
        new FuzzRun(output, target).RunAsync(FuzzInputs.Count(count), make, use);

    private Task RunAsync<T>(string target, int count, Func<Mutator, T> make, Func<T, Task> useAsync) =>
        new FuzzRun(output, target).RunAsync(FuzzInputs.Count(count, cost: 10), make, useAsync);

    private static JsonObject ProofPayload() =>
        new()
        {
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["htm"] = "POST",
            ["htu"] = Target,
            ["iat"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds(),
        };

    /// <summary>A JWT with changed content and a valid signature, to reach what lies behind the signature check; or changed as
    /// text.</summary>
    private string Sign(Mutator mutator, JsonObject payload, string type, JsonObject header, ClientKey? key = null)
    {
        var token = (key ?? fixture.Key).Sign(
            mutator.Object(payload),
            type,
            made =>
            {
                foreach (var (name, value) in header)
                {
                    made[name] = value?.DeepClone();
                }

                if (mutator.Next(3) == 0)
                {
                    Replace(made, mutator.Object(made));
                }
            }
        );
        return mutator.Next(3) == 0 ? mutator.Text(token) : token;
    }

    private static void Replace(JsonObject target, JsonObject content)
    {
        target.Clear();
        foreach (var (name, value) in content)
        {
            target[name] = value?.DeepClone();
        }
    }

    private static string Rooted(string uri) => Bare().Replace(uri, "$0/");

    [GeneratedRegex(@"\Ahttp://[^/?]+(?=[?]|\z)")]
    private static partial Regex Bare();

    [GeneratedRegex(@"(?<=\Ahttp://([^/?:\[]+|\[[^\]]*\])):[0-9]+(?=[/?]|\z)")]
    private static partial Regex Port();

    public sealed class Fixture : IAsyncLifetime
    {
        private readonly Browser _browser = new();

        public AssertingProvider Provider { get; } = new();

        public ClientKey Key { get; } = new();

        public TestSystem System { get; private set; } = null!;

        public TokenAnswer Tokens { get; private set; } = null!;

        public JsonObject PrivateKeys { get; } =
            JsonNode.Parse(JsonWebKeyText.PrivateSet([KeyGenerator.Create("ES256")], pretty: false))!.AsObject();

        public async Task InitializeAsync()
        {
            await Provider.StartAsync();
            System = await TestSystem.StartAsync(options => options.Set("McpOidc:IdentityAssertion:Issuers:0", Provider.Issuer));
            using var client = System.CreateClient();
            Tokens = await client.SignInAsync(_browser);
        }

        public async Task DisposeAsync()
        {
            _browser.Dispose();
            Key.Dispose();
            await System.DisposeAsync();
            await Provider.DisposeAsync();
        }
    }
}
