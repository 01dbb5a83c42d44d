using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOidc.Federation;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Federation;

/// <summary>How this server authenticates other than by a secret or a key in the settings: a key file, Apple's client secret, and an
/// assertion from the host's code.</summary>
public sealed class ClientAssertionTests : IAsyncLifetime
{
    private FaultyIdentityProvider _idp = null!;
    private readonly ConcurrentQueue<(string Authorization, IFormCollection Form)> _asked = new();
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"mcpoidc-{Guid.NewGuid():N}.p12");

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

    [Theory]
    [InlineData("RSA", "s3cret", "RS256")]
    [InlineData("RSA", null, "RS256")]
    [InlineData("EC", "s3cret", "ES256")]
    public async Task A_key_in_a_PKCS_12_file_signs_and_the_assertion_identifies_the_certificate(
        string kind,
        string? password,
        string algorithm
    )
    {
        using var certificate = CreateCertificate(kind);
        await File.WriteAllBytesAsync(_file, certificate.Export(X509ContentType.Pkcs12, password));
        await using var signedIn = await StartAsync(("ClientKeyFile", _file), ("ClientKeyPassword", password ?? ""));
        var form = Assert.Single(_asked).Form;
        Assert.Equal(Hosting.ClientKey.AssertionType, form["client_assertion_type"].ToString());
        SecurityKey key =
            kind == "RSA" ? new RsaSecurityKey(certificate.GetRSAPublicKey()) : new ECDsaSecurityKey(certificate.GetECDsaPublicKey());
        var token = await VerifyAsync(form["client_assertion"].ToString(), key, FaultyIdentityProvider.ClientId);
        Assert.Equal(algorithm, token.Alg);
        Assert.Equal(Base64UrlEncoder.Encode(certificate.GetCertHash(HashAlgorithmName.SHA256)), token.GetHeaderValue<string>("x5t#S256"));
    }

    [Fact]
    public async Task A_key_in_a_PEM_file_signs_like_the_same_key_in_the_settings()
    {
        using var key = RSA.Create(2048);
        await File.WriteAllTextAsync(_file, key.ExportPkcs8PrivateKeyPem());
        await using var signedIn = await StartAsync(("ClientKeyFile", _file));
        await VerifyAsync(
            Assert.Single(_asked).Form["client_assertion"].ToString(),
            new RsaSecurityKey(key),
            FaultyIdentityProvider.ClientId
        );
    }

    [Theory]
    [InlineData("wrong password")]
    [InlineData("no file")]
    [InlineData("no key")]
    public async Task A_key_file_that_cannot_sign_prevents_the_start_with_its_name_and_without_its_password(string what)
    {
        using var certificate = CreateCertificate("RSA");
        var bytes =
            what == "no key" ? certificate.Export(X509ContentType.Cert) : certificate.Export(X509ContentType.Pkcs12, "right-password");
        if (what != "no file")
        {
            await File.WriteAllBytesAsync(_file, bytes);
        }

        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestSystem.StartAsync(options => Configure(options, ("ClientKeyFile", _file), ("ClientKeyPassword", "wrong-password")))
        );
        Assert.Contains("McpOidc:IdentityProvider:ClientKeyFile", exception.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-password", exception.ToString(), StringComparison.Ordinal);
    }

    // https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
    [Fact]
    public async Task The_client_secret_for_Apple_is_signed_for_each_request_with_the_team_as_issuer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(_file, key.ExportPkcs8PrivateKeyPem());
        await using var signedIn = await StartAsync(("ClientKeyFile", _file), ("ClientKeyId", "ABC123DEFG"), ("TeamId", "DEF123GHIJ"));
        signedIn.System.Clock.Advance(TimeSpan.FromDays(200));
        await signedIn.Client.SignInAsync(signedIn.Browser);
        Assert.Equal(2, _asked.Count);
        foreach (var (authorization, form) in _asked)
        {
            Assert.Equal((string.Empty, FaultyIdentityProvider.ClientId), (authorization, form["client_id"].ToString()));
            Assert.False(form.ContainsKey("client_assertion"));
            var secret = await VerifyAsync(form["client_secret"].ToString(), new ECDsaSecurityKey(key), "DEF123GHIJ");
            Assert.Equal(("ES256", "ABC123DEFG", FaultyIdentityProvider.ClientId), (secret.Alg, secret.Kid, secret.Subject));
        }

        Assert.Equal(2, _asked.Select(asked => asked.Form["client_secret"].ToString()).Distinct().Count());
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task A_team_id_without_a_key_or_key_id_prevents_the_start(bool hasKey, bool hasKeyId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var exception = await Assert.ThrowsAnyAsync<Exception>(() =>
            TestSystem.StartAsync(options =>
                Configure(
                    options,
                    ("TeamId", "DEF123GHIJ"),
                    ("ClientKey", hasKey ? key.ExportPkcs8PrivateKeyPem() : ""),
                    ("ClientKeyId", hasKeyId ? "ABC123DEFG" : "")
                )
            )
        );
        Assert.Contains("McpOidc:IdentityProvider:TeamId", exception.ToString(), StringComparison.Ordinal);
    }

    // Azure managed identity: a TokenCredential of the host, unknown to the library.
    [Fact]
    public async Task An_assertion_from_host_code_is_obtained_for_each_request_and_sent_only_to_its_own_provider()
    {
        var source = new Source(request => $"of.{request.ClientId}.{request.ProviderName.Length}");
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            Configure(options);
            options.Server = builder =>
                builder.Services.AddSingleton<IClientAssertionSource>(new Source(_ => null)).AddSingleton<IClientAssertionSource>(source);
        });
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Equal(2, _asked.Count);
        Assert.All(_asked, asked => Assert.Equal($"of.{FaultyIdentityProvider.ClientId}.0", asked.Form["client_assertion"].ToString()));
        Assert.All(
            source.Requests,
            request => Assert.Equal((_idp.Issuer, _idp.Issuer + "/token"), (request.Issuer, request.TokenEndpoint))
        );
    }

    [Fact]
    public async Task A_failure_of_host_code_to_supply_an_assertion_is_logged_and_no_person_is_signed_out()
    {
        var fails = false;
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            Configure(options);
            options.Server = builder =>
                builder.Services.AddSingleton<IClientAssertionSource>(
                    new Source(_ => fails ? throw new InvalidOperationException("IMDS is away.") : "an.assertion.")
                );
        });
        fails = true;
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Contains(
            signedIn.System.Server.Logs.Lines,
            line =>
                line.Contains("client_assertion_source", StringComparison.Ordinal)
                && line.Contains("(Misconfigured)", StringComparison.Ordinal)
        );
    }

    private sealed class Source(Func<ClientAssertionRequest, string?> give) : IClientAssertionSource
    {
        public ConcurrentQueue<ClientAssertionRequest> Requests { get; } = new();

        public ValueTask<string?> GetAsync(ClientAssertionRequest request, CancellationToken cancellationToken)
        {
            Requests.Enqueue(request);
            return new(give(request));
        }
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

    private async Task<JsonWebToken> VerifyAsync(string assertion, SecurityKey key, string issuer)
    {
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(
            assertion,
            new TokenValidationParameters
            {
                ValidIssuer = issuer,
                ValidAudience = _idp.Issuer,
                IssuerSigningKeyResolver = (_, _, _, _) => [key],
                ValidateLifetime = false,
            }
        );
        Assert.True(result.IsValid, result.Exception?.Message);
        return (JsonWebToken)result.SecurityToken;
    }

    private static X509Certificate2 CreateCertificate(string kind)
    {
        var (from, to) = (DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        if (kind == "RSA")
        {
            using var rsa = RSA.Create(2048);
            return new CertificateRequest("CN=auth", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSelfSigned(from, to);
        }

        using var curve = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=auth", curve, HashAlgorithmName.SHA256).CreateSelfSigned(from, to);
    }
}
