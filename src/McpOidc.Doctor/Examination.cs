using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Doctor;

/// <summary>One run: the settings, and the results of earlier checks for later ones.</summary>
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

    /// <summary>The issuer, or <see langword="null"/> if the setting is invalid.</summary>
    public Issuer? Issuer { get; }

    /// <summary>The connection to Redis, once there is one.</summary>
    public ConnectionMultiplexer? Redis { get; set; }

    /// <summary>The store, once it is known to exist.</summary>
    public IMcpOidcStore? Store { get; set; }

    /// <summary>Whether the first start would create the store.</summary>
    public bool StoreIsNew { get; set; }

    /// <summary>How far other clocks are ahead of this machine's.</summary>
    public List<SeenClock> Clocks { get; } = [];

    /// <summary>The <c>kid</c> of the signing key and of the next ones, from the settings or the store.</summary>
    public (string Signing, string[] All)? Keys { get; set; }

    /// <summary>Whether https requests are rejected because the server takes them for http.</summary>
    public bool IsTakenForHttp { get; set; }

    /// <summary>Whether the server does not offer metadata documents because it cannot fetch any.</summary>
    public bool IsCutOff { get; set; }

    /// <summary>The metadata from the issuer, once fetched.</summary>
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
/// <param name="Ahead">How far it is ahead of this machine's clock.</param>
internal sealed record SeenClock(string Whose, TimeSpan Ahead);

/// <summary>A configured identity provider.</summary>
/// <param name="Name">Empty for the one of <c>McpOidc:IdentityProvider</c>.</param>
/// <param name="Options">Its settings, which may be invalid.</param>
internal sealed record ExaminedProvider(string Name, IdentityProviderOptions Options)
{
    /// <summary>Its discovery document, once fetched.</summary>
    public System.Text.Json.Nodes.JsonObject? Document { get; set; } = OfSettings(Options.OAuth);

    /// <summary>The equivalent of a discovery document, for a provider without OpenID Connect.</summary>
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

    /// <summary>A suffix for the name of a check, if there are several providers.</summary>
    public string Suffix => Name.Length == 0 ? "" : $" {Name}";

    public string RedirectUri(Issuer? issuer) =>
        Options.RedirectUri is { Length: > 0 } own ? own
        : issuer is null ? ""
        : issuer.Endpoint(EndpointPaths.Callback);

    /// <summary>The time-out of a request to it.</summary>
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
