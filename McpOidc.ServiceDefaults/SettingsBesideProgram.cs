using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;

namespace Microsoft.Extensions.Hosting;

/// <summary>The settings files published with a program.</summary>
public static class SettingsBesideProgram
{
    private const string File = "appsettings.json";

    /// <summary>
    /// ASP.NET Core looks for <c>appsettings.json</c> in the working directory, which a service manager chooses. If there is none, the
    /// file next to the program is read, with the lowest precedence; relative paths in settings remain relative to the working directory.
    /// </summary>
    public static TBuilder AddSettingsBesideProgram<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        if (!System.IO.File.Exists(Path.Combine(builder.Environment.ContentRootPath, File)))
        {
            var files = new PhysicalFileProvider(AppContext.BaseDirectory);
            builder.Configuration.Sources.Insert(0, Optional(files, File));
            // During development, the program is started in its source folder.
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
