using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpOidc.Configuration;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Keys;

/// <summary>The secret that wraps the keys in the store can be changed while everyone stays signed in.</summary>
public sealed class SecretRotationTests : IDisposable
{
    private const string Old = "the-old-secret-the-old-secret-the-old-secret";
    private const string New = "the-new-secret-the-new-secret-the-new-secret";
    private readonly TestStore _store = TestStore.Sqlite();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-certificate-");

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Old_and_new_processes_work_side_by_side_and_a_new_secret_signs_no_person_out()
    {
        await using var signedIn = await SignedInSystem.StartAsync(Secret(Old), _store);
        var tokens = signedIn.Tokens;
        var client = signedIn.Client;
        // The first process with the new configuration, next to the old one.
        await using var next = await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New), ("McpOidc:PreviousSecrets:0", Old));
        tokens = await client.RefreshAsync(tokens.RefreshToken, next.Origin);
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        // The new key comes into use: either process reads what the other creates.
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(6));
        tokens = await client.RefreshAsync(tokens.RefreshToken, next.Origin);
        tokens = await client.RefreshAsync(tokens.RefreshToken);
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
        var (other, signedInAtOld) = await signedIn.SignInAgainAsync();
        using var _ = other;
        Assert.Equal(200, (await other.RefreshAsync(signedInAtOld.RefreshToken, next.Origin)).Status);
        Assert.Equal(200, await signedIn.StatusAsync(tokens.AccessToken));
    }

    [Fact]
    public async Task After_the_change_the_old_secret_decrypts_nothing_and_the_new_one_decrypts_everything()
    {
        await using var signedIn = await SignedInSystem.StartAsync(Secret(Old), _store);
        var tokens = signedIn.Tokens;
        await using (var both = await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New), ("McpOidc:PreviousSecrets:0", Old)))
        {
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken, both.Origin);
            Assert.Equal(200, tokens.Status);
        }

        await using (var only = await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New)))
        {
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken, only.Origin);
            Assert.Equal(200, tokens.Status);
        }

        var exception = await Assert.ThrowsAsync<SettingException>(() => StartBesideAsync(signedIn.System, ("McpOidc:Secret", Old)));
        Assert.Contains("McpOidc:PreviousSecrets:0", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Old, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_knows_only_the_old_secret_leaves_the_keys_unchanged_after_the_rotation()
    {
        await using var signedIn = await SignedInSystem.StartAsync(Secret(Old), _store);
        await using var next = await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New), ("McpOidc:PreviousSecrets:0", Old));
        var store = next.Services.GetRequiredService<IMcpOidcStore>();
        var changed = await store.GetAsync(StoreKeys.RootKeys);

        // It reloads the keys, as it does every minute.
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);

        var left = await store.GetAsync(StoreKeys.RootKeys);
        Assert.Equal((changed!.Version, Convert.ToHexString(changed.Value.Span)), (left!.Version, Convert.ToHexString(left.Value.Span)));
        await using var only = await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New));
    }

    [Fact]
    public async Task A_process_whose_secret_was_retired_keeps_serving_with_the_keys_that_it_knows_and_says_so()
    {
        await using var signedIn = await SignedInSystem.StartAsync(Secret(Old), _store);
        await using (await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New), ("McpOidc:PreviousSecrets:0", Old))) { }
        await using var only = await StartBesideAsync(signedIn.System, ("McpOidc:Secret", New));

        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
        Assert.Contains(
            signedIn.System.Server.Logs.Lines,
            line => line.Contains("no longer unwraps the keys in the store", StringComparison.Ordinal)
        );
    }

    [Theory]
    [InlineData("pfx")]
    [InlineData("pem")]
    public async Task A_certificate_can_replace_the_secret(string format)
    {
        var path = WriteCertificate(format);
        await using var signedIn = await SignedInSystem.StartAsync(Secret(Old), _store);
        var tokens = signedIn.Tokens;
        await using (
            var both = await StartBesideAsync(
                signedIn.System,
                ("McpOidc:Secret", null),
                ("McpOidc:SecretCertificate:Path", path),
                ("McpOidc:SecretCertificate:Password", "pass"),
                ("McpOidc:Registration:Keys:0", Old),
                ("McpOidc:PreviousSecrets:0", Old)
            )
        )
        {
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken, both.Origin);
        }

        await using var only = await StartBesideAsync(
            signedIn.System,
            ("McpOidc:Secret", null),
            ("McpOidc:SecretCertificate:Path", path),
            ("McpOidc:SecretCertificate:Password", "pass"),
            ("McpOidc:Registration:Keys:0", Old)
        );
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(tokens.RefreshToken, only.Origin)).Status);
    }

    private string WriteCertificate(string format)
    {
        using var rsa = RSA.Create(2048);
        var request = new CertificateRequest("CN=McpOidc keys", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var path = Path.Combine(_directory.FullName, "keys." + format);
        if (format == "pfx")
        {
            File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, "pass"));
        }
        else
        {
            File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + rsa.ExportPkcs8PrivateKeyPem());
        }

        return path;
    }

    private static Action<TestSystemOptions> Secret(string secret) => options => options.Set("McpOidc:Secret", secret);

    private static Task<TestSite> StartBesideAsync(TestSystem system, params (string Key, string? Value)[] settings) =>
        system.StartAnotherServerAsync([.. settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value))]);
}
