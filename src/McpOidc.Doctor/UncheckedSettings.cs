using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Doctor;

/// <summary>The settings as they are, right or wrong, so that one that is wrong does not hide what else is.</summary>
internal sealed class UncheckedSettings(IServiceProvider services)
{
    /// <summary>The settings of section <c>McpOidc</c>; <see langword="null"/> where a value cannot even be read. So too the
    /// others.</summary>
    public McpOidcOptions? Common { get; } = Read<McpOidcOptions>(services);
    public RedisStoreOptions? Redis { get; } = Read<RedisStoreOptions>(services);
    public SqliteStoreOptions? Sqlite { get; } = Read<SqliteStoreOptions>(services);
    public KeyOptions? Keys { get; } = Read<KeyOptions>(services);
    public TokenOptions? Tokens { get; } = Read<TokenOptions>(services);
    public RegistrationOptions? Registration { get; } = Read<RegistrationOptions>(services);

    public SettingsRoot Root { get; } = services.GetRequiredService<SettingsRoot>();

    private IConfiguration Configuration { get; } = services.GetRequiredService<IConfiguration>();

    /// <summary>The connection string, or <see langword="null"/> where Redis is not the store. It may hold a password.</summary>
    public string? RedisConnection =>
        HasOwnStore ? null
        : Configuration.GetConnectionString("redis") is { Length: > 0 } connection ? connection
        : null;

    /// <summary>Whether code has chosen the store.</summary>
    public bool HasOwnStore { get; } = services.GetService<ExplicitStore>() is not null;

    /// <summary>Whether people sign in at a provider that the host's code speaks to.</summary>
    public bool HasOwnProvider { get; } = services.GetService<ExplicitIdentityProvider>() is not null;

    /// <summary>The providers of the settings that say enough to be asked.</summary>
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
            // A time span that is none, for instance; ConfigurationCheck says which.
            return null;
        }
    }
}
