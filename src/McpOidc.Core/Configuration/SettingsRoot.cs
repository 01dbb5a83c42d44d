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
    public void Validate(IStartupValidator validator, SettingNames names)
    {
        try
        {
            validator.Validate();
        }
        catch (OptionsValidationException exception)
        {
            throw Complete(exception, names);
        }
        catch (AggregateException exception) when (exception.InnerExceptions is [OptionsValidationException first, ..])
        {
            throw new AggregateException(
                exception
                    .InnerExceptions.Skip(1)
                    .Select(inner => inner is OptionsValidationException invalid ? Named(invalid) : inner)
                    .Prepend(Complete(first, names))
            );
        }
    }

    /// <summary>A message about settings, with the names that they have in this application.</summary>
    public string Named(string message) =>
        path == McpOidcOptions.Section
            ? message
            : message
                .Replace(McpOidcOptions.Section + ":", path + ":", StringComparison.Ordinal)
                .Replace(McpOidcOptions.Section + "__", Variable(path) + "__", StringComparison.Ordinal);

    // What is missing is often there under a name with a slip in it.
    private OptionsValidationException Complete(OptionsValidationException exception, SettingNames names) =>
        new(
            exception.OptionsName,
            exception.OptionsType,
            exception
                .Failures.Concat(
                    names.FindUnknown(this).Where(unknown => unknown.Suggestion is not null).Select(unknown => unknown.Problem.ToString())
                )
                .Select(Named)
        );

    private OptionsValidationException Named(OptionsValidationException exception) =>
        new(exception.OptionsName, exception.OptionsType, exception.Failures.Select(Named));

    private static string Variable(string name) => name.Replace(":", "__", StringComparison.Ordinal);
}

internal static class SettingsRootExtensions
{
    /// <summary>As <c>BindConfiguration</c>, below the root of our settings.</summary>
    public static OptionsBuilder<TOptions> BindSettings<TOptions>(this OptionsBuilder<TOptions> options, string section)
        where TOptions : class
    {
        options.Configure<SettingsRoot>((bound, root) => SettingValues.Bind(root.Of(section), section, bound));
        options.Services.AddSingleton(new SettingsSection(typeof(TOptions), section));
        options.Services.AddSingleton<IOptionsChangeTokenSource<TOptions>>(services => new ConfigurationChangeTokenSource<TOptions>(
            options.Name,
            services.GetRequiredService<SettingsRoot>().Of(section)
        ));
        return options;
    }
}
