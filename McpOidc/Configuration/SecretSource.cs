using System.Security.Cryptography;
using System.Text;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Derives keys from <see cref="McpOidcOptions.Secret"/>; in Development without one, from a secret kept in the store.</summary>
internal sealed partial class SecretSource(
    IOptions<McpOidcOptions> options, IMcpOidcStore store, IHostEnvironment environment, ILogger<SecretSource> logger) : ISecretSource, IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly byte[]?[] _derived = new byte[]?[Enum.GetValues<SecretPurpose>().Length];

    public async ValueTask<byte[]> DeriveKeyAsync(SecretPurpose purpose, CancellationToken cancellationToken)
    {
        if (_derived[(int)purpose] is { } known)
        {
            return known;
        }

        await _gate.WaitAsync(cancellationToken);
        try
        {
            var secret = options.Value.Secret is { Length: > 0 } configured
                ? Encoding.UTF8.GetBytes(configured)
                : await ReadDevelopmentSecretAsync(cancellationToken);
            return _derived[(int)purpose] ??= HKDF.DeriveKey(
                HashAlgorithmName.SHA256, secret, outputLength: 32, info: Encoding.UTF8.GetBytes($"McpOidc {purpose} v1"));
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<byte[]> ReadDevelopmentSecretAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            throw new InvalidOperationException(MissingSecret);
        }

        if (await store.GetAsync(StoreKeys.DevelopmentSecret, cancellationToken) is { } kept)
        {
            return kept.Value.ToArray();
        }

        var created = RandomNumberGenerator.GetBytes(32);
        if (await store.AddAsync(StoreKeys.DevelopmentSecret, new StoreWrite(created, DateTimeOffset.MaxValue), cancellationToken) is not null)
        {
            LogDevelopmentSecret();
            return created;
        }

        // Another process was first.
        return (await store.GetAsync(StoreKeys.DevelopmentSecret, cancellationToken))?.Value.ToArray()
            ?? throw new StoreUnavailableException("The development secret was written by another process and then disappeared.");
    }

    public static string MissingSecret => SettingProblem.Describe(
        "McpOidc:Secret", "is missing", "Set it to at least 32 random characters (openssl rand -base64 48), the same in every process that shares the store.");

    [LoggerMessage(1001, LogLevel.Warning, "No McpOidc:Secret is set: a development secret was made and is kept, readable, in the store. Outside Development the secret is required.")]
    private partial void LogDevelopmentSecret();
}
