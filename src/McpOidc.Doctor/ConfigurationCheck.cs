using System.Runtime.CompilerServices;
using McpOidc.Configuration;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Doctor;

/// <summary>Reports the settings problems that the server would report at start, all at once and in the same words.</summary>
internal sealed class ConfigurationCheck : ICheck
{
    private static readonly Finding s_finding = new("configuration");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        var services = examination.Services;
        var problems = ProblemsOf(services).Distinct(StringComparer.Ordinal).ToList();
        foreach (var problem in problems)
        {
            var (complaint, remedy) = SettingProblem.Split(problem);
            yield return s_finding.Problem(complaint, remedy.Length > 0 ? remedy : "See docs/configuration.md.");
        }

        if (problems.Count == 0)
        {
            yield return s_finding.Ok($"The settings are complete for {services.GetRequiredService<IHostEnvironment>().EnvironmentName}.");
        }
    }

    private static IEnumerable<string> ProblemsOf(IServiceProvider services)
    {
        // First what is validated at start, and then each remaining section.
        Action[] reads =
        [
            () => services.GetService<IStartupValidator>()?.Validate(),
            .. Reads<McpOidcOptions>(services),
            .. Reads<IdentityProviderOptions>(services),
            .. Reads<TokenOptions>(services),
            .. Reads<KeyOptions>(services),
            .. Reads<RegistrationOptions>(services),
            .. Reads<SqliteStoreOptions>(services),
            .. Reads<RedisStoreOptions>(services),
            .. Reads<RateLimitOptions>(services),
            .. Reads<AdminOptions>(services),
            .. Reads<IdentityAssertionOptions>(services),
        ];
        return reads.SelectMany(Failures);
    }

    private static Action[] Reads<T>(IServiceProvider services)
        where T : class => [() => _ = services.GetRequiredService<IOptionsMonitor<T>>().CurrentValue];

    private static IEnumerable<string> Failures(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (OptionsValidationException exception)
        {
            return exception.Failures;
        }
        catch (AggregateException exception)
        {
            return exception.InnerExceptions.OfType<OptionsValidationException>().SelectMany(inner => inner.Failures);
        }
    }
}
