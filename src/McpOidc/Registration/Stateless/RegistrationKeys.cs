using System.Security.Cryptography;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.Stateless;

/// <summary>
/// The keys of stateless registrations. They come from the settings rather than the store, so that no client is lost if the store is
/// emptied or replaced.
/// </summary>
internal sealed partial class RegistrationKeys
{
    /// <summary>The key file in Development, if no secret is set.</summary>
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

    /// <summary>The key for new ids; <see langword="null"/> if there is none and registrations are stored.</summary>
    public RegistrationKey? Current => _accepted.Value is [var current, ..] ? current : null;

    /// <summary>The keys whose ids are valid.</summary>
    public IReadOnlyList<RegistrationKey> Accepted => _accepted.Value;

    /// <summary>The keys whose ids are valid if a user has signed in with them.</summary>
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
        // Written atomically: another process may read it at any moment, or may have been faster.
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
        "McpOidc:Secret is not set. A key for client ids was generated and is kept in a file next to the store. Outside Development the "
            + "secret is required."
    )]
    private partial void LogKept();

    [LoggerMessage(
        1208,
        LogLevel.Warning,
        "The key for client ids cannot be written to a file: client ids are valid only until this process ends."
    )]
    private partial void LogNotKept(Exception exception);
}
