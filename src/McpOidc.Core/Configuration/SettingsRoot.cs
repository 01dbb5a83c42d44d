using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>Where the settings are: in the section <c>McpOidc</c> of the application, or in the one that <c>AddMcpOidc</c> was
/// given.</summary>
internal sealed class SettingsRoot(IConfiguration settings, string path)
{
    /// <summary>A section by its usual name, for instance <c>McpOidc:Tokens</c>.</summary>
    public IConfiguration Of(string section) =>
        section == McpOidcOptions.Section ? settings : settings.GetSection(section[(McpOidcOptions.Section.Length + 1)..]);

    /// <summary>Validates the settings, and names them as they are in this application.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or wrong.</exception>
    /// <exception cref="AggregateException">Several options classes have such settings.</exception>
    public void Validate(IStartupValidator validator)
    {
        try
        {
            validator.Validate();
        }
        catch (OptionsValidationException exception) when (path != McpOidcOptions.Section)
        {
            throw Named(exception);
        }
        catch (AggregateException exception) when (path != McpOidcOptions.Section)
        {
            throw new AggregateException(
                exception.InnerExceptions.Select(inner => inner is OptionsValidationException invalid ? Named(invalid) : inner)
            );
        }
    }

    private OptionsValidationException Named(OptionsValidationException exception) =>
        new(exception.OptionsName, exception.OptionsType, exception.Failures.Select(Named));

    private string Named(string failure) =>
        failure
            .Replace(McpOidcOptions.Section + ":", path + ":", StringComparison.Ordinal)
            .Replace(McpOidcOptions.Section + "__", Variable(path) + "__", StringComparison.Ordinal);

    private static string Variable(string name) => name.Replace(":", "__", StringComparison.Ordinal);
}

internal static class SettingsRootExtensions
{
    /// <summary>As <c>BindConfiguration</c>, below the root of our settings.</summary>
    public static OptionsBuilder<TOptions> BindSettings<TOptions>(this OptionsBuilder<TOptions> options, string section)
        where TOptions : class
    {
        options.Configure<SettingsRoot>((bound, root) => root.Of(section).Bind(bound));
        options.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(services => new ConfigurationChangeTokenSource<TOptions>(
            options.Name,
            services.GetRequiredService<SettingsRoot>().Of(section)
        ));
        return options;
    }
}
