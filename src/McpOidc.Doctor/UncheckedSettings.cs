using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Doctor;

/// <summary>The settings without validation, so that an invalid one does not hide other problems.</summary>
internal sealed class UncheckedSettings(IServiceProvider services)
{
    /// <summary>The settings of section <c>McpOidc</c>; <see langword="null"/> if a value cannot even be read. The same applies to the
    /// other sections.</summary>
    public McpOidcOptions? Common { get; } = Read<McpOidcOptions>(services);
    public RedisStoreOptions? Redis { get; } = Read<RedisStoreOptions>(services);
    public SqliteStoreOptions? Sqlite { get; } = Read<SqliteStoreOptions>(services);
    public KeyOptions? Keys { get; } = Read<KeyOptions>(services);
    public TokenOptions? Tokens { get; } = Read<TokenOptions>(services);
    public RegistrationOptions? Registration { get; } = Read<RegistrationOptions>(services);

    public SettingsRoot Root { get; } = services.GetRequiredService<SettingsRoot>();

    private IConfiguration Configuration { get; } = services.GetRequiredService<IConfiguration>();

    /// <summary>The connection string, or <see langword="null"/> if Redis is not the store. It may contain a password.</summary>
    public string? RedisConnection =>
        HasOwnStore ? null
        : Configuration.GetConnectionString("redis") is { Length: > 0 } connection ? connection
        : null;

    /// <summary>Whether code chose the store.</summary>
    public bool HasOwnStore { get; } = services.GetService<ExplicitStore>() is not null;

    /// <summary>Whether users sign in at a provider implemented by the host.</summary>
    public bool HasOwnProvider { get; } = services.GetService<ExplicitIdentityProvider>() is not null;

    /// <summary>The configured providers with enough settings to be tested.</summary>
    public IEnumerable<(string Name, IdentityProviderOptions Options)> Providers()
    {
        string[] unnamed = HasOwnProvider ? [] : [Options.DefaultName];
        return unnamed
            .Concat(NamedProvidersSetup.NamesIn(Root))
            .Select(name => (name, Options: Read<IdentityProviderOptions>(services, name)!))
            .Where(provider => UrlRules.TryRead(provider.Options?.Issuer, out _));
    }

    private static T? Read<T>(IServiceProvider services, string? name = null)
        where T : class, new()
    {
        try
        {
            return new OptionsFactory<T>(
                services.GetServices<IConfigureOptions<T>>(),
                services.GetServices<IPostConfigureOptions<T>>(),
                []
            ).Create(name ?? Options.DefaultName);
        }
        catch (Exception exception) when (exception is InvalidOperationException or OptionsValidationException or FormatException)
        {
            // For instance an invalid time span; ConfigurationCheck reports it.
            return null;
        }
    }
}
