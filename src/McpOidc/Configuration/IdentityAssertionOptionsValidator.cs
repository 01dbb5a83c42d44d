using McpOidc.Federation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Refuses issuers whose keys anybody on the way could exchange, or that could name people who are not theirs.</summary>
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
            yield return ($":{nameof(issuer.Issuer)}", "is that of another one too", "Name each issuer once.");
        }
    }

    private IEnumerable<(string, string, string)> People(AssertionIssuerOptions issuer)
    {
        if (issuer.Provider is null)
        {
            if (issuer.PersonBy != AssertedPersonBy.Subject)
            {
                yield return ($":{nameof(issuer.Provider)}", "is missing", "Name the identity provider whose people are meant.");
            }

            yield break;
        }

        if (FindProvider(issuer.Provider) is not { } provider)
        {
            yield return (
                $":{nameof(issuer.Provider)}",
                $"is '{issuer.Provider}', which is no identity provider here",
                $"Use a name of McpOidc:IdentityProvider:Providers, or {TrustedPeople.DefaultProvider} for McpOidc:IdentityProvider."
            );
        }
        else if (provider.IsMultiTenant || (issuer.PersonBy == AssertedPersonBy.Email && IsForEverybody(provider)))
        {
            // Whoever has a tenant of their own gives its people any address, and may number them as they like.
            yield return (
                $":{nameof(issuer.Provider)}",
                "names a provider of many tenants, which does not say whose people are meant",
                "Use the issuer of the one tenant at the provider."
            );
        }

        if (issuer.PersonBy == AssertedPersonBy.Email && issuer.EmailDomains.Count == 0)
        {
            yield return (
                $":{nameof(issuer.EmailDomains)}:0",
                "is missing",
                "Name the domains of the addresses that this issuer may speak of, for instance example.com."
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
                        "Use a name without scheme, port and wildcard, for instance example.com."
                    );
                }
            }
        }

        if (issuer.Scopes.Intersect(s_identityScopes).FirstOrDefault() is { } wrong)
        {
            yield return ($":{nameof(issuer.Scopes)}", $"contains '{wrong}', which is about a person", "Use scopes of the resource.");
        }
    }

    // Anybody has an account there, also under an address of a domain that is not theirs any more.
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
