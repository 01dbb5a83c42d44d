using System.Security.Cryptography;
using System.Text;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Keys;

/// <summary>The secrets and certificates that wrap the root keys: the configured one first, then previous ones. In Development without
/// any, a secret that is kept in the store.</summary>
internal sealed partial class KeyWraps(
    IOptions<McpOidcOptions> options,
    IMcpOidcStore store,
    IHostEnvironment environment,
    ILogger<KeyWraps> logger
)
{
    public static readonly SettingProblem MissingSecret = new(
        "McpOidc:Secret",
        "is missing",
        "Set it to at least 32 random characters (openssl rand -base64 48), the same in every process that shares the store."
    );

    /// <exception cref="SettingException">There is no secret, or the certificate cannot be used.</exception>
    public async ValueTask<IReadOnlyList<IKeyWrap>> GetAsync(CancellationToken cancellationToken) =>
        [
            await CurrentAsync(cancellationToken),
            .. options.Value.PreviousSecrets.Select(FromSecret),
            .. options.Value.PreviousSecretCertificate.Path is { Length: > 0 }
                ? [CertificateKeyWrap.Read("McpOidc:PreviousSecretCertificate:Path", options.Value.PreviousSecretCertificate)]
                : Array.Empty<IKeyWrap>(),
        ];

    private async ValueTask<IKeyWrap> CurrentAsync(CancellationToken cancellationToken) =>
        options.Value switch
        {
            { SecretCertificate: { Path.Length: > 0 } certificate } => CertificateKeyWrap.Read(
                "McpOidc:SecretCertificate:Path",
                certificate
            ),
            { Secret: { Length: > 0 } configured } => FromSecret(configured),
            _ => new SecretKeyWrap(await ReadDevelopmentSecretAsync(cancellationToken)),
        };

    private static IKeyWrap FromSecret(string secret) => new SecretKeyWrap(Encoding.UTF8.GetBytes(secret));

    private async Task<byte[]> ReadDevelopmentSecretAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            throw new SettingException(MissingSecret);
        }

        if (await store.GetAsync(StoreKeys.DevelopmentSecret, cancellationToken) is { } kept)
        {
            return kept.Value.ToArray();
        }

        var created = RandomNumberGenerator.GetBytes(32);
        if (
            await store.AddAsync(StoreKeys.DevelopmentSecret, new StoreWrite(created, DateTimeOffset.MaxValue), cancellationToken)
            is not null
        )
        {
            LogDevelopmentSecret();
            return created;
        }

        // Another process was faster.
        return (await store.GetAsync(StoreKeys.DevelopmentSecret, cancellationToken))?.Value.ToArray()
            ?? throw new StoreUnavailableException("Another process wrote the development secret, but it is no longer in the store.");
    }

    [LoggerMessage(
        1001,
        LogLevel.Warning,
        "McpOidc:Secret is not set. A development secret was generated and is stored unencrypted. Outside Development the secret is "
            + "required."
    )]
    private partial void LogDevelopmentSecret();
}
