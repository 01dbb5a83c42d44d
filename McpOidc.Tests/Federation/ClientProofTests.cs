using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Federation;

/// <summary>How this server authenticates at the provider's token endpoint: a secret by either method, a JWT it signs, or one that the
/// platform keeps in a file.</summary>
public sealed class ClientProofTests : IAsyncLifetime
{
    private const string Secret = "a:b +ü/%";
    private FaultyIdentityProvider _idp = null!;
    private readonly ConcurrentQueue<(string Authorization, IFormCollection Form)> _asked = new();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"mcpoidc-{Guid.NewGuid():N}.jwt");

    public async Task InitializeAsync()
    {
        _idp = await FaultyIdentityProvider.StartAsync();
        _idp.Script = async http =>
        {
            if (http.Request.Path == "/token")
            {
                _asked.Enqueue((http.Request.Headers.Authorization.ToString(), await http.Request.ReadFormAsync()));
            }

            return false;
        };
    }

    public async Task DisposeAsync()
    {
        await _idp.DisposeAsync();
        File.Delete(_file);
    }

    public static TheoryData<string?, string, bool> Methods =>
        new()
        {
            // OpenID Connect Discovery §3.
            { null, "Auto", true },
            { "[]", "Auto", true },
            { "\"client_secret_post\"", "Auto", true },
            { """["client_secret_basic"]""", "Auto", true },
            { """["private_key_jwt","client_secret_basic"]""", "Auto", true },
            { """["client_secret_post"]""", "Auto", false },
            { """["client_secret_basic","client_secret_post"]""", "Auto", false },
            { """["private_key_jwt"]""", "Auto", false },
            { null, "Post", false },
            { """["client_secret_post"]""", "Basic", true },
        };

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task The_secret_is_sent_by_the_method_that_the_provider_lists_unless_a_setting_overrides_it(
        string? listed,
        string setting,
        bool isBasic
    )
    {
        if (listed is not null)
        {
            _idp.Document = document => document["token_endpoint_auth_methods_supported"] = JsonNode.Parse(listed);
        }

        await using var signedIn = await StartAsync(("ClientSecret", Secret), ("ClientAuthentication", setting));

        var (authorization, form) = Assert.Single(_asked);
        var encoded = $"{FaultyIdentityProvider.ClientId}:{Uri.EscapeDataString(Secret).Replace("%20", "+", StringComparison.Ordinal)}";
        Assert.Equal(isBasic ? "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(encoded)) : "", authorization);
        Assert.Equal(isBasic ? "" : Secret, form["client_secret"].ToString());
        Assert.Equal(isBasic ? "" : FaultyIdentityProvider.ClientId, form["client_id"].ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("Auto")]
    public async Task A_client_without_a_secret_sends_only_its_client_id(string setting)
    {
        await using var signedIn = await StartAsync(("ClientAuthentication", setting.Length == 0 ? "Basic" : setting));
        var (authorization, form) = Assert.Single(_asked);
        Assert.Equal((string.Empty, FaultyIdentityProvider.ClientId), (authorization, form["client_id"].ToString()));
        Assert.False(form.ContainsKey("client_secret") || form.ContainsKey("client_assertion"));
    }

    [Theory]
    [InlineData("RSA as a JWK", "RS256")]
    [InlineData("P-256 as a JWK", "ES256")]
    [InlineData("P-521 as a JWK", "ES512")]
    [InlineData("RSA as PEM", "RS256")]
    [InlineData("RSA as PEM in one line", "RS256")]
    [InlineData("RSA as PKCS #1", "RS256")]
    [InlineData("P-384 as PEM", "ES384")]
    [InlineData("P-256 as SEC 1", "ES256")]
    [InlineData("RSA with its certificate", "RS256")]
    public async Task A_private_key_signs_a_new_assertion_for_each_request(string kind, string algorithm)
    {
        var (setting, key, certificate) = CreateKey(kind);
        await using var signedIn = await StartAsync(("ClientKey", setting));
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);

        Assert.Equal(2, _asked.Count);
        var identifiers = new HashSet<string>();
        foreach (var (authorization, form) in _asked)
        {
            Assert.Equal((string.Empty, FaultyIdentityProvider.ClientId), (authorization, form["client_id"].ToString()));
            Assert.False(form.ContainsKey("client_secret"));
            Assert.Equal(ClientKey.AssertionType, form["client_assertion_type"].ToString());
            var assertion = await VerifyAsync(form["client_assertion"].ToString(), key, _idp.Issuer);
            Assert.Equal(algorithm, assertion.Alg);
            Assert.Equal(TimeSpan.FromMinutes(1), assertion.ValidTo - assertion.IssuedAt);
            Assert.True(identifiers.Add(assertion.Id));
            Assert.Equal(certificate, assertion.TryGetHeaderValue<string>("x5t#S256", out var thumbprint) ? thumbprint : null);
            Assert.Equal(certificate is null ? Base64UrlEncoder.Encode(key.ComputeJwkThumbprint()) : "", assertion.Kid);
        }
    }

    [Fact]
    public async Task Key_id_algorithm_and_audience_follow_the_settings_and_the_provider()
    {
        _idp.Document = document => document["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("ES256", "PS256");
        var (setting, key, _) = CreateKey("RSA as PEM");
        await using var signedIn = await StartAsync(
            ("ClientKey", setting),
            ("ClientKeyId", "key-7"),
            ("ClientAssertionRecipient", "TokenEndpoint")
        );
        var assertion = await VerifyAsync(Assert.Single(_asked).Form["client_assertion"].ToString(), key, _idp.Issuer + "/token");
        Assert.Equal(("PS256", "key-7"), (assertion.Alg, assertion.Kid));
    }

    // The provider accepts only the newest token, and the platform renews it between our read and the provider's check.
    [Fact]
    public async Task A_token_file_renewed_during_a_request_is_read_again()
    {
        var written = 0;
        await File.WriteAllTextAsync(_file, Projected(written));
        var asks = 0;
        _idp.Script = async http =>
        {
            if (http.Request.Path != "/token")
            {
                return false;
            }

            if (asks++ % 2 == 0)
            {
                await File.WriteAllTextAsync(_file, Projected(++written));
            }

            return (await http.Request.ReadFormAsync())["client_assertion"] != Projected(written) && await RefuseAsync(http);
        };
        await using var signedIn = await StartAsync(("ClientAssertionFile", _file));
        var tokens = signedIn.Tokens;
        for (var round = 0; round < 5; round++)
        {
            signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
            Assert.Equal(200, tokens.Status);
        }

        Assert.Equal(12, asks);
    }

    // The writer does not replace the file atomically, as Kubernetes does, but truncates it and writes it in pieces.
    [Fact]
    public async Task Only_complete_tokens_from_the_file_are_sent_under_load()
    {
        await File.WriteAllTextAsync(_file, Projected(0));
        await using var signedIn = await StartAsync(("ClientAssertionFile", _file));
        using var isOver = new CancellationTokenSource();
        var known = new ConcurrentDictionary<string, int> { [Projected(0)] = 0 };
        var rotation = Task.Run(async () =>
        {
            for (var number = 1; !isOver.IsCancellationRequested; number++)
            {
                var token = Projected(number);
                known[token] = number;
                await File.WriteAllTextAsync(_file, "", CancellationToken.None);
                await File.AppendAllTextAsync(_file, token[..(token.Length / 2)], CancellationToken.None);
                await File.AppendAllTextAsync(_file, token[(token.Length / 2)..], CancellationToken.None);
            }
        });
        try
        {
            await Parallel.ForEachAsync(
                Enumerable.Range(0, 16),
                new ParallelOptions { MaxDegreeOfParallelism = 8 },
                async (_, _) =>
                {
                    using var browser = new Browser();
                    using var client = signedIn.System.CreateClient();
                    Assert.Equal(200, (await client.SignInAsync(browser)).Status);
                }
            );
        }
        finally
        {
            await isOver.CancelAsync();
            await rotation.WaitAsync(TimeSpan.FromSeconds(30));
        }

        Assert.Equal(17, _asked.Count);
        Assert.All(_asked, asked => Assert.True(known.ContainsKey(asked.Form["client_assertion"].ToString())));
        Assert.True(_asked.Max(asked => known[asked.Form["client_assertion"].ToString()]) > 0);
    }

    [Fact]
    public async Task A_token_file_without_a_token_is_named_in_the_log_and_causes_no_sign_out()
    {
        await File.WriteAllTextAsync(_file, "");
        await using var system = await TestSystem.StartAsync(options => Configure(options, ("ClientAssertionFile", _file)));
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();
        Assert.Equal("server_error", (await client.AuthorizeAsync(browser)).Query("error"));
        Assert.Contains(
            system.Server.Logs.Lines,
            line => line.Contains("McpOidc:IdentityProvider:ClientAssertionFile", StringComparison.Ordinal)
        );

        await File.WriteAllTextAsync(_file, Projected(1));
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
    }

    private Task<SignedInSystem> StartAsync(params (string Name, string Value)[] settings) =>
        SignedInSystem.StartAsync(options => Configure(options, settings));

    private void Configure(TestSystemOptions options, params (string Name, string Value)[] settings)
    {
        _idp.Clock = options.Clock;
        options.Provider = _idp.Settings with { ClientSecret = null, Scopes = "openid email offline_access" };
        foreach (var (name, value) in settings)
        {
            options.Set($"McpOidc:IdentityProvider:{name}", value);
        }
    }

    private static async Task<bool> RefuseAsync(HttpContext http)
    {
        (http.Response.StatusCode, http.Response.ContentType) = (401, "application/json");
        await http.Response.WriteAsync("""{"error":"invalid_client"}""");
        return true;
    }

    private static string Projected(int number) =>
        Forgery.Assemble(
            new() { ["alg"] = "RS256" },
            new() { ["sub"] = "system:serviceaccount:mcp:auth", ["jti"] = $"{number}" },
            new byte[32]
        );

    private static async Task<JsonWebToken> VerifyAsync(string assertion, SecurityKey key, string audience)
    {
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                ValidIssuer = FaultyIdentityProvider.ClientId,
                ValidAudience = audience,
                IssuerSigningKeyResolver = (_, _, _, _) => [key],
                ValidateLifetime = false,
            }
        );
        Assert.True(result.IsValid, result.Exception?.Message);
        var token = (JsonWebToken)result.SecurityToken;
        Assert.Equal(FaultyIdentityProvider.ClientId, token.Subject);
        Assert.Equal([audience], token.Audiences);
        return token;
    }

    private static (string Setting, SecurityKey Public, string? Certificate) CreateKey(string kind)
    {
        if (kind.StartsWith("RSA", StringComparison.Ordinal))
        {
            var rsa = RSA.Create(2048);
            var key = new RsaSecurityKey(rsa);
            var pem = rsa.ExportPkcs8PrivateKeyPem();
            if (kind == "RSA with its certificate")
            {
                using var certificate = new CertificateRequest(
                    "CN=auth",
                    rsa,
                    HashAlgorithmName.SHA256,
                    RSASignaturePadding.Pkcs1
                ).CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
                return (
                    pem + "\n" + certificate.ExportCertificatePem(),
                    key,
                    Base64UrlEncoder.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256))
                );
            }

            return (
                kind switch
                {
                    "RSA as a JWK" => Jwk(
                        key,
                        (jwk, numbers) =>
                            (jwk["d"], jwk["p"], jwk["q"], jwk["dp"], jwk["dq"], jwk["qi"]) = (
                                Encode(numbers.D),
                                Encode(numbers.P),
                                Encode(numbers.Q),
                                Encode(numbers.DP),
                                Encode(numbers.DQ),
                                Encode(numbers.InverseQ)
                            )
                    ),
                    "RSA as PEM in one line" => pem.Replace("\n", "\\n", StringComparison.Ordinal),
                    "RSA as PKCS #1" => rsa.ExportRSAPrivateKeyPem(),
                    _ => pem,
                },
                key,
                null
            );
        }

        var name = kind[..5];
        var curve = ECDsa.Create(
            name switch
            {
                "P-256" => ECCurve.NamedCurves.nistP256,
                "P-384" => ECCurve.NamedCurves.nistP384,
                _ => ECCurve.NamedCurves.nistP521,
            }
        );
        var point = curve.ExportParameters(includePrivateParameters: true);
        return (
            kind switch
            {
                _ when kind.EndsWith("SEC 1", StringComparison.Ordinal) => curve.ExportECPrivateKeyPem(),
                _ when kind.EndsWith("PEM", StringComparison.Ordinal) => curve.ExportPkcs8PrivateKeyPem(),
                _ => new JsonObject
                {
                    ["kty"] = "EC",
                    ["crv"] = name,
                    ["x"] = Encode(point.Q.X),
                    ["y"] = Encode(point.Q.Y),
                    ["d"] = Encode(point.D),
                }.ToJsonString(),
            },
            new ECDsaSecurityKey(curve),
            null
        );
    }

    private static string Jwk(RsaSecurityKey key, Action<JsonObject, RSAParameters> addPrivate)
    {
        var numbers = key.Rsa.ExportParameters(includePrivateParameters: true);
        var jwk = new JsonObject
        {
            ["kty"] = "RSA",
            ["n"] = Encode(numbers.Modulus),
            ["e"] = Encode(numbers.Exponent),
        };
        addPrivate(jwk, numbers);
        return jwk.ToJsonString();
    }

    private static string Encode(byte[]? bytes) => Base64UrlEncoder.Encode(bytes!);
}
