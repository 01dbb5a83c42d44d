using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>The root section of all settings: <c>McpOidc</c>, or the section passed to <c>AddMcpOidc</c>.</summary>
internal sealed class SettingsRoot(IConfiguration settings, string path)
{
    public string Path => path;

    /// <summary>Returns a section by its usual name, for instance <c>McpOidc:Tokens</c>.</summary>
    public IConfiguration Of(string section) =>
        section == McpOidcOptions.Section ? settings : settings.GetSection(section[(McpOidcOptions.Section.Length + 1)..]);

    /// <summary>Validates the settings and reports problems with the names used in this application.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing or invalid.</exception>
    /// <exception cref="AggregateException">Several options classes have invalid settings.</exception>
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

    /// <summary>Translates setting names in a message to those used in this application.</summary>
    public string Named(string message) =>
        path == McpOidcOptions.Section
            ? message
            : message
                .Replace(McpOidcOptions.Section + ":", path + ":", StringComparison.Ordinal)
                .Replace(McpOidcOptions.Section + "__", Variable(path) + "__", StringComparison.Ordinal);

    // A missing setting is often present under a misspelt name.
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
    /// <summary>Like <c>BindConfiguration</c>, but below the root of these settings.</summary>
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
