using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Rejects settings with which documents could not be fetched, or not safely.</summary>
internal sealed class ClientIdMetadataDocumentOptionsValidator(IHostEnvironment environment, IOptions<DeviceAuthorizationOptions> devices)
    : IValidateOptions<RegistrationOptions>
{
    private const string Section = $"{RegistrationOptions.Section}:{nameof(RegistrationOptions.ClientIdMetadataDocuments)}";
    private const int MinimumBytes = 256;

    public ValidateOptionsResult Validate(string? name, RegistrationOptions options)
    {
        var settings = options.ClientIdMetadataDocuments;
        var problems = Limits(settings)
            .Concat(Times(settings))
            .Concat(Domains(nameof(settings.AllowedDomains), settings.AllowedDomains))
            .Concat(Domains(nameof(settings.BlockedDomains), settings.BlockedDomains))
            .Concat(Pinned(options))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Limits(ClientIdMetadataDocumentOptions settings)
    {
        if (settings.AllowLoopback && !environment.IsDevelopment())
        {
            yield return Describe(
                $"{Section}:{nameof(settings.AllowLoopback)}",
                "would let untrusted clients make this server call its own machine, which is allowed only in Development",
                "Remove it."
            );
        }

        if (settings.Proxy is { Length: > 0 } proxy && !DocumentProxy.IsValid(proxy))
        {
            yield return Describe(
                $"{Section}:{nameof(settings.Proxy)}",
                "is not a valid proxy URL",
                "Use scheme, host and port, for instance http://proxy.example:3128."
            );
        }

        if (settings.MaximumSize is < MinimumBytes or > 1024 * 1024)
        {
            yield return Describe(
                $"{Section}:{nameof(settings.MaximumSize)}",
                $"is {settings.MaximumSize}",
                $"Use a number of bytes between {MinimumBytes} and 1048576, for instance 5120."
            );
        }

        if (settings.FetchesPerHostPerMinute <= 0)
        {
            yield return Describe(
                $"{Section}:{nameof(settings.FetchesPerHostPerMinute)}",
                $"is {settings.FetchesPerHostPerMinute}",
                "Use a positive number, for instance 30."
            );
        }
    }

    private static IEnumerable<string> Times(ClientIdMetadataDocumentOptions settings)
    {
        (string Name, TimeSpan Value)[] positive =
        [
            (nameof(settings.Timeout), settings.Timeout),
            (nameof(settings.MinimumCacheLifetime), settings.MinimumCacheLifetime),
            (nameof(settings.FailureCacheLifetime), settings.FailureCacheLifetime),
        ];
        foreach (var (name, value) in positive.Where(time => time.Value <= TimeSpan.Zero))
        {
            yield return Describe($"{Section}:{name}", $"is {value}", "Use a positive time span, for instance 00:00:05.");
        }

        (string Name, TimeSpan Value, string Example)[] notNegative =
        [
            (nameof(settings.StaleIfError), settings.StaleIfError, "1.00:00:00"),
            (nameof(settings.ProbeInterval), settings.ProbeInterval, "00:10:00"),
        ];
        foreach (var (name, value, example) in notNegative.Where(time => time.Value < TimeSpan.Zero))
        {
            yield return Describe($"{Section}:{name}", $"is {value}", $"Use a time span that is not negative, for instance {example}.");
        }

        if (settings.MaximumCacheLifetime < settings.MinimumCacheLifetime)
        {
            yield return Describe(
                $"{Section}:{nameof(settings.MaximumCacheLifetime)}",
                $"is {settings.MaximumCacheLifetime}",
                $"Make it at least as long as {nameof(settings.MinimumCacheLifetime)} ({settings.MinimumCacheLifetime})."
            );
        }
    }

    private IEnumerable<string> Pinned(RegistrationOptions options)
    {
        var pinned = options.ClientIdMetadataDocuments.Pinned;
        // The signing algorithm of the client's id_tokens does not matter here.
        var algorithms = new SigningAlgorithms(Options.Create(new KeyOptions()));
        var validator = new ClientMetadataValidator(new RedirectUriPolicy(Options.Create(options)), algorithms, devices);
        var reader = new ClientDocumentReader(validator);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < pinned.Count; i++)
        {
            if (FindPinProblem(reader, pinned[i], seen) is { } problem)
            {
                yield return Describe(
                    $"{Section}:{nameof(ClientIdMetadataDocumentOptions.Pinned)}:{i}",
                    $"cannot be used ({problem.TrimEnd('.')})",
                    "Use the JSON of a client's metadata document, or the path of a file with it."
                );
            }
        }
    }

    private static string? FindPinProblem(ClientDocumentReader reader, string value, HashSet<string> seen)
    {
        try
        {
            return seen.Add(GivenDocuments.Read(reader, GivenDocuments.Load(value)).ClientId)
                ? null
                : "another document has the same client_id";
        }
        catch (ClientDocumentException exception)
        {
            return exception.Message;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "it is neither JSON nor a readable file";
        }
    }

    private static IEnumerable<string> Domains(string setting, IList<string> domains)
    {
        for (var i = 0; i < domains.Count; i++)
        {
            if (Uri.CheckHostName(domains[i]) != UriHostNameType.Dns || !domains[i].All(char.IsAscii))
            {
                yield return Describe(
                    $"{Section}:{setting}:{i}",
                    $"is '{domains[i]}', which is not a domain",
                    "Use a name without scheme, port or wildcard, for instance claude.ai; write internationalized names as punycode."
                );
            }
        }
    }
}
