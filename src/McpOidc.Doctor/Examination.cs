using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Doctor;

/// <summary>One run: the settings, and what the checks so far have found out for those that follow.</summary>
internal sealed class Examination : IAsyncDisposable
{
    public Examination(IServiceProvider services)
    {
        Services = services;
        Settings = new UncheckedSettings(services);
        Clock = services.GetRequiredService<TimeProvider>();
        Http = new Probe(services.GetRequiredService<IHttpClientFactory>(), Clock);
        Providers = [.. Settings.Providers().Select(provider => new ExaminedProvider(provider.Name, provider.Options))];
        Issuer = UrlRules.TryRead(Settings.Common?.Issuer, out _) ? new Issuer(Settings.Common!.Issuer!) : null;
    }

    public IServiceProvider Services { get; }
    public UncheckedSettings Settings { get; }
    public TimeProvider Clock { get; }
    public Probe Http { get; }
    public IReadOnlyList<ExaminedProvider> Providers { get; }

    /// <summary>The issuer, or <see langword="null"/> where the setting is none.</summary>
    public Issuer? Issuer { get; }

    /// <summary>The connection to Redis, once there is one.</summary>
    public ConnectionMultiplexer? Redis { get; set; }

    /// <summary>The store, once it is known to be there.</summary>
    public IMcpOidcStore? Store { get; set; }

    /// <summary>Whether the store would be made by the first start.</summary>
    public bool StoreIsNew { get; set; }

    /// <summary>How far other clocks are ahead of ours.</summary>
    public List<SeenClock> Clocks { get; } = [];

    /// <summary>The <c>kid</c> of the key that signs and of those that wait, as the settings or the store have them.</summary>
    public (string Signing, string[] All)? Keys { get; set; }

    /// <summary>Whether what is sent by https is refused, because it is taken for http.</summary>
    public bool IsTakenForHttp { get; set; }

    /// <summary>Whether the server offers no metadata documents because it can fetch none.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>The metadata that came from the issuer, once they came.</summary>
    public System.Text.Json.Nodes.JsonObject? Metadata { get; set; }

    public async ValueTask DisposeAsync()
    {
        if (Store is IAsyncDisposable store)
        {
            await store.DisposeAsync();
        }

        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }
}

/// <param name="Whose">For instance <c>the identity provider</c>.</param>
/// <param name="Ahead">How far it is ahead of ours.</param>
internal sealed record SeenClock(string Whose, TimeSpan Ahead);

/// <summary>An identity provider of the settings.</summary>
/// <param name="Name">Empty for the one of <c>McpOidc:IdentityProvider</c>.</param>
/// <param name="Options">Its settings, which may be wrong.</param>
internal sealed record ExaminedProvider(string Name, IdentityProviderOptions Options)
{
    /// <summary>Its discovery document, once it could be read.</summary>
    public System.Text.Json.Nodes.JsonObject? Document { get; set; } = OfSettings(Options.OAuth);

    /// <summary>What a document would say of a provider without OpenID Connect.</summary>
    private static System.Text.Json.Nodes.JsonObject? OfSettings(IdentityProviderOAuthOptions oauth) =>
        oauth.IsUsed
            ? new()
            {
                ["authorization_endpoint"] = oauth.AuthorizationEndpoint,
                ["token_endpoint"] = oauth.TokenEndpoint,
                ["userinfo_endpoint"] = oauth.UserEndpoint,
            }
            : null;

    public string Setting(string name) =>
        Finding.Setting(
            Name.Length == 0 ? $"{IdentityProviderOptions.Section}:{name}" : $"{IdentityProviderOptions.ProvidersSection}:{Name}:{name}"
        );

    /// <summary>Stands behind the name of a check where there are several providers.</summary>
    public string Suffix => Name.Length == 0 ? "" : $" {Name}";

    public string RedirectUri(Issuer? issuer) =>
        Options.RedirectUri is { Length: > 0 } own ? own
        : issuer is null ? ""
        : issuer.Endpoint(EndpointPaths.Callback);

    /// <summary>How long a request to it may take.</summary>
    public TimeSpan TimeLimit => Options.Timeout > TimeSpan.Zero ? Options.Timeout : TimeSpan.FromSeconds(10);

    /// <summary>How the secret is sent to it.</summary>
    public IdentityProviderClientAuthentication ClientAuthentication =>
        ClientProof.IsBasic(
            Options,
            Document is null ? null : IdentityProviderDiscoveryCheck.Strings(Document, "token_endpoint_auth_methods_supported")
        )
            ? IdentityProviderClientAuthentication.Basic
            : IdentityProviderClientAuthentication.Post;

    public string? Endpoint(string member) =>
        Document?[member] is System.Text.Json.Nodes.JsonValue value
        && value.TryGetValue<string>(out var url)
        && UrlRules.TryRead(url, out _)
            ? url
            : null;
}
