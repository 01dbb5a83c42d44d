using System.Security.Cryptography;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.Stateless;

/// <summary>
/// The keys of stateless registrations. They come from the settings and never from the store, which may be emptied or replaced without
/// any client being lost.
/// </summary>
internal sealed partial class RegistrationKeys
{
    /// <summary>The file of Development, where no secret is set.</summary>
    public const string DevelopmentFile = "mcpoidc.registration-key";

    private const UnixFileMode ForOwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly IHostEnvironment _environment;
    private readonly string? _sqlitePath;
    private readonly ILogger<RegistrationKeys> _logger;
    private readonly Lazy<IReadOnlyList<RegistrationKey>> _accepted;

    public RegistrationKeys(
        IOptions<McpOidcOptions> options,
        IOptions<RegistrationOptions> registration,
        IOptions<SqliteStoreOptions> sqlite,
        IHostEnvironment environment,
        ILogger<RegistrationKeys> logger
    )
    {
        (_environment, _sqlitePath, _logger) = (environment, sqlite.Value.Path, logger);
        _accepted = new(() => ReadAccepted(options.Value, registration.Value));
        Retired = [.. registration.Value.RetiredKeys.Select(RegistrationKey.Of)];
    }

    /// <summary>New ids are made with it; <see langword="null"/> where there is none, and registrations are stored.</summary>
    public RegistrationKey? Current => _accepted.Value is [var current, ..] ? current : null;

    /// <summary>Ids that were made with one are good.</summary>
    public IReadOnlyList<RegistrationKey> Accepted => _accepted.Value;

    /// <summary>Ids that were made with one are good where somebody has signed in with them.</summary>
    public IReadOnlyList<RegistrationKey> Retired { get; }

    private List<RegistrationKey> ReadAccepted(McpOidcOptions options, RegistrationOptions registration)
    {
        string[] secrets = registration.Keys.Count > 0 ? [.. registration.Keys] : [options.Secret ?? "", .. options.PreviousSecrets];
        var keys = secrets.Where(secret => secret.Length > 0).Select(RegistrationKey.Of).ToList();
        return keys.Count == 0 && _environment.IsDevelopment() && string.IsNullOrEmpty(options.SecretCertificate.Path)
            ? [new RegistrationKey(ReadDevelopmentKey())]
            : keys;
    }

    private byte[] ReadDevelopmentKey()
    {
        var store = Path.GetFullPath(_sqlitePath is { Length: > 0 } path ? path : ".data/mcpoidc.db", _environment.ContentRootPath);
        var file = Path.Combine(Path.GetDirectoryName(store)!, DevelopmentFile);
        try
        {
            return File.Exists(file) ? File.ReadAllBytes(file) : CreateDevelopmentKey(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotKept(exception);
            return RandomNumberGenerator.GetBytes(32);
        }
    }

    private byte[] CreateDevelopmentKey(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var key = RandomNumberGenerator.GetBytes(32);
        // Whole or not at all: another process may read it at any moment, or have been first.
        var draft = $"{file}.{Guid.NewGuid():N}";
        var mode = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            mode.UnixCreateMode = ForOwnerOnly;
        }

        using (var stream = new FileStream(draft, mode))
        {
            stream.Write(key);
        }

        try
        {
            File.Move(draft, file, overwrite: false);
            LogKept();
            return key;
        }
        catch (IOException) when (File.Exists(file))
        {
            File.Delete(draft);
            return File.ReadAllBytes(file);
        }
    }

    [LoggerMessage(
        1207,
        LogLevel.Warning,
        "No McpOidc:Secret is set: a key for client ids was made and is kept in a file beside the store. Outside Development the secret is "
            + "required."
    )]
    private partial void LogKept();

    [LoggerMessage(1208, LogLevel.Warning, "The key for client ids cannot be kept in a file: clients are known until this process ends.")]
    private partial void LogNotKept(Exception exception);
}
