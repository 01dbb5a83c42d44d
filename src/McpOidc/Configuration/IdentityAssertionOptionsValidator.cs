using McpOidc.Federation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Rejects issuers whose keys could be replaced in transit, or that could identify users of others.</summary>
internal sealed class IdentityAssertionOptionsValidator(IServiceProvider services) : IValidateOptions<IdentityAssertionOptions>
{
    private static readonly string[] s_identityScopes = ["openid", "email", "profile", "offline_access"];

    public ValidateOptionsResult Validate(string? name, IdentityAssertionOptions options)
    {
        var problems = options
            .Issuers.SelectMany(
                (issuer, index) =>
                    Check(issuer, options)
                        .Select(problem =>
                            Describe(
                                $"{IdentityAssertionOptions.Section}:Issuers:{index}{problem.Setting}",
                                problem.Problem,
                                problem.Remedy
                            )
                        )
            )
            .ToList();
        if (options.KeyCacheLifetime <= TimeSpan.Zero)
        {
            problems.Add(
                Describe(
                    $"{IdentityAssertionOptions.Section}:{nameof(options.KeyCacheLifetime)}",
                    $"is {options.KeyCacheLifetime}",
                    "Use a positive time span, for instance 01:00:00."
                )
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<(string Setting, string Problem, string Remedy)> Check(
        AssertionIssuerOptions issuer,
        IdentityAssertionOptions options
    ) => Identity(issuer, options).Concat(People(issuer)).Concat(Clients(issuer));

    private static IEnumerable<(string, string, string)> Identity(AssertionIssuerOptions issuer, IdentityAssertionOptions options)
    {
        if (!UrlRules.IsSecureOrLoopback(issuer.Issuer))
        {
            yield return (
                issuer.Issuer.Length > 0 ? "" : $":{nameof(issuer.Issuer)}",
                $"is '{issuer.Issuer}'",
                "Use the https issuer of the identity provider; http is for loopback only."
            );
        }
        else if (options.Issuers.First(other => other.Issuer == issuer.Issuer) != issuer)
        {
            yield return ($":{nameof(issuer.Issuer)}", "is configured twice", "Configure each issuer once.");
        }
    }

    private IEnumerable<(string, string, string)> People(AssertionIssuerOptions issuer)
    {
        if (issuer.Provider is null)
        {
            if (issuer.PersonBy != AssertedPersonBy.Subject)
            {
                yield return ($":{nameof(issuer.Provider)}", "is missing", "Set it to the identity provider whose users are identified.");
            }

            yield break;
        }

        if (FindProvider(issuer.Provider) is not { } provider)
        {
            yield return (
                $":{nameof(issuer.Provider)}",
                $"is '{issuer.Provider}', which is not a configured identity provider",
                $"Use a name below McpOidc:IdentityProvider:Providers, or {TrustedPeople.DefaultProvider} for McpOidc:IdentityProvider."
            );
        }
        else if (provider.IsMultiTenant || (issuer.PersonBy == AssertedPersonBy.Email && IsForEverybody(provider)))
        {
            // The owner of a tenant can give its users any address, and any id.
            yield return (
                $":{nameof(issuer.Provider)}",
                "names a provider of many tenants, which leaves the tenant undefined",
                "Set the provider's issuer to that of a single tenant."
            );
        }

        if (issuer.PersonBy == AssertedPersonBy.Email && issuer.EmailDomains.Count == 0)
        {
            yield return (
                $":{nameof(issuer.EmailDomains)}:0",
                "is missing",
                "Set it to the e-mail domains for which this issuer is trusted, for instance example.com."
            );
        }
    }

    private static IEnumerable<(string, string, string)> Clients(AssertionIssuerOptions issuer)
    {
        foreach (
            var (setting, domains) in new[]
            {
                (nameof(issuer.EmailDomains), issuer.EmailDomains),
                (nameof(issuer.ClientDomains), issuer.ClientDomains),
            }
        )
        {
            for (var i = 0; i < domains.Count; i++)
            {
                if (Uri.CheckHostName(domains[i]) != UriHostNameType.Dns || !domains[i].All(char.IsAscii))
                {
                    yield return (
                        $":{setting}:{i}",
                        $"is '{domains[i]}', which is not a domain",
                        "Use a name without scheme, port or wildcard, for instance example.com."
                    );
                }
            }
        }

        if (issuer.Scopes.Intersect(s_identityScopes).FirstOrDefault() is { } wrong)
        {
            yield return ($":{nameof(issuer.Scopes)}", $"contains '{wrong}', which is about a user", "Use scopes of the resource.");
        }
    }

    // Anyone can have an account there, even with an address of a domain that is no longer theirs.
    private static bool IsForEverybody(IdentityProviderOptions provider) =>
        provider.Preset == IdentityProviderPreset.Google
        || (Uri.TryCreate(provider.Issuer, UriKind.Absolute, out var issuer) && issuer.Host == "accounts.google.com");

    private IdentityProviderOptions? FindProvider(string name)
    {
        var options = services.GetRequiredService<IOptionsMonitor<IdentityProviderOptions>>();
        return name == TrustedPeople.DefaultProvider ? options.CurrentValue
            : NamedProvidersSetup
                .NamesIn(services.GetRequiredService<SettingsRoot>())
                .FirstOrDefault(known => known.Equals(name, StringComparison.OrdinalIgnoreCase))
                is { } found
                ? options.Get(found)
            : null;
    }
}
