using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Microsoft.Extensions.Hosting;

/// <summary>The settings files that were published with a program.</summary>
public static class SettingsBesideProgram
{
    private const string File = "appsettings.json";

    /// <summary>
    /// ASP.NET Core looks for <c>appsettings.json</c> in the working directory, which a service manager chooses. Where there is none, the
    /// one beside the program is read, below everything else; relative paths in settings stay relative to the working directory.
    /// </summary>
    public static TBuilder AddSettingsBesideProgram<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (!System.IO.File.Exists(Path.Combine(builder.Environment.ContentRootPath, File)))
        {
            var files = new PhysicalFileProvider(AppContext.BaseDirectory);
            builder.Configuration.Sources.Insert(0, Optional(files, File));
            // Who develops starts the program where its sources are.
            if (!builder.Environment.IsDevelopment())
            {
                builder.Configuration.Sources.Insert(1, Optional(files, $"appsettings.{builder.Environment.EnvironmentName}.json"));
            }
        }

        return builder;
    }

    private static JsonConfigurationSource Optional(IFileProvider files, string path) =>
        new()
        {
            FileProvider = files,
            Path = path,
            Optional = true,
        };
}
