using McpOidc.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace McpOidc.Federation;

/// <summary>The identity providers where users can sign in: the unnamed one of <c>McpOidc:IdentityProvider</c>, and the named ones below
/// it.</summary>
internal sealed class IdentityProviders
{
    private readonly Dictionary<string, ConfiguredProvider> _byName;

    public IdentityProviders(
        IServiceProvider services,
        SettingsRoot settings,
        IOptionsMonitor<IdentityProviderOptions> options,
        IIdentityProvider unnamed,
        TimeProvider clock
    )
    {
        var named = NamedProvidersSetup.NamesIn(settings).Select(name => Create(services, name, options.Get(name), clock));
        var first = options.CurrentValue;
        var hasUnnamed = !string.IsNullOrEmpty(first.Issuer) || services.GetService<ExplicitIdentityProvider>() is not null;
        All =
        [
            .. hasUnnamed
                ? [new ConfiguredProvider("", DisplayNameOf(first), unnamed, first, new(clock))]
                : Array.Empty<ConfiguredProvider>(),
            .. named,
        ];
        _byName = All.ToDictionary(provider => provider.Name, StringComparer.OrdinalIgnoreCase);
    }

    public IReadOnlyList<ConfiguredProvider> All { get; }

    /// <summary>The provider with a name, or <see langword="null"/> if it is no longer configured. No name means
    /// <c>McpOidc:IdentityProvider</c>.</summary>
    public ConfiguredProvider? Find(string? name) => _byName.GetValueOrDefault(name ?? "");

    /// <summary>The provider of a user that can be selected without asking, or <see langword="null"/>.</summary>
    public ConfiguredProvider? Decide(string? loginHint) =>
        All is [var only] ? only
        : loginHint?.Split('@') is [_, { Length: > 0 } domain]
            ? All.FirstOrDefault(provider => provider.Options.Domains.Contains(domain, StringComparer.OrdinalIgnoreCase))
        : null;

    private static ConfiguredProvider Create(IServiceProvider services, string name, IdentityProviderOptions options, TimeProvider clock)
    {
        var own = Options.Create(options);
        var channel = ActivatorUtilities.CreateInstance<ProviderChannel>(services, own);
        return new ConfiguredProvider(name, DisplayNameOf(options), CreateBuiltIn(services, own, channel), options, new(clock));
    }

    /// <summary>The configured provider.</summary>
    public static IIdentityProvider CreateBuiltIn(
        IServiceProvider services,
        IOptions<IdentityProviderOptions> options,
        ProviderChannel channel
    ) =>
        options.Value.OAuth.IsUsed
            ? ActivatorUtilities.CreateInstance<OAuthIdentityProvider>(services, options, channel)
            : ActivatorUtilities.CreateInstance<OidcIdentityProvider>(
                services,
                options,
                channel,
                ActivatorUtilities.CreateInstance<ProviderMetadata>(services, options, channel)
            );

    private static string DisplayNameOf(IdentityProviderOptions options) =>
        options.DisplayName is { Length: > 0 } name ? name
        : Uri.TryCreate(options.Issuer, UriKind.Absolute, out var issuer) ? issuer.Host
        : "Identity provider";
}

/// <param name="Name">As configured; empty for the one of <c>McpOidc:IdentityProvider</c>.</param>
/// <param name="DisplayName">Its display name.</param>
/// <param name="Provider">Its implementation.</param>
/// <param name="Options">Its settings.</param>
/// <param name="State">Its recent responses.</param>
internal sealed record ConfiguredProvider(
    string Name,
    string DisplayName,
    IIdentityProvider Provider,
    IdentityProviderOptions Options,
    ProviderState State
)
{
    /// <summary>Whether an error that the browser brings may be this provider's (RFC 9207 §2.4).</summary>
    /// <param name="issuer">Its <c>iss</c>, if it has one.</param>
    public bool MayBe(StringValues issuer) =>
        issuer.Count == 0
        || Provider switch
        {
            OidcIdentityProvider => Options.IsMultiTenant || issuer.ToString().TrimEnd('/') == ProviderDocument.IssuerOf(Options.Issuer),
            OAuthIdentityProvider oauth => oauth.IsIssuer(issuer.ToString()),
            _ => true,
        };

    /// <summary>The cause of a failure and its remedy, in one line for log and timeline.</summary>
    public string Explain(IdentityProviderException exception) => ProviderAdvice.Explain(exception, Options);
}
