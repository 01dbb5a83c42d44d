using System.Net;
using System.Net.Sockets;

namespace McpOidc.DevIdp;

/// <summary>Starts a demo identity provider on its own web server.</summary>
public static class DevIdpHost
{
    /// <summary>Starts it in the environment given by <c>ASPNETCORE_ENVIRONMENT</c> or <c>DOTNET_ENVIRONMENT</c>; without one that is
    /// Production.</summary>
    /// <param name="configure">Changes the options.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The running provider.</returns>
    /// <exception cref="InvalidOperationException">The environment is Production, or the port is in use.</exception>
    public static Task<DevIdpInstance> StartAsync(Action<DevIdpOptions>? configure = null, CancellationToken cancellationToken = default) =>
        StartAsync(
            Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")
                ?? Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")
                ?? Environments.Production,
            configure,
            cancellationToken
        );

    /// <summary>Starts it.</summary>
    /// <param name="environment">The name of the environment.</param>
    /// <param name="configure">Changes the options.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns>The running provider.</returns>
    /// <exception cref="InvalidOperationException">The environment is Production, or the port is in use.</exception>
    public static async Task<DevIdpInstance> StartAsync(
        string environment,
        Action<DevIdpOptions>? configure,
        CancellationToken cancellationToken
    )
    {
        if (string.Equals(environment, Environments.Production, StringComparison.OrdinalIgnoreCase))
        {
            throw new InvalidOperationException(
                "The demo identity provider has publicly known passwords and does not start in Production. Set "
                    + "McpOidc:IdentityProvider:Issuer (environment: McpOidc__IdentityProvider__Issuer) to your own identity provider."
            );
        }

        var options = new DevIdpOptions();
        configure?.Invoke(options);
        var address = new Uri(options.Issuer);
        var port = address.Port == 0 ? FreePort() : address.Port;
        options.Issuer = $"http://{address.Host}:{port}";

        var statistics = new DevIdpStatistics();
        var faults = new DevIdpFaults();
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { EnvironmentName = environment, ApplicationName = typeof(DevIdpHost).Assembly.GetName().Name }
        );
        // The host's own URL settings do not apply here.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhost(port));
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(options).AddSingleton(statistics).AddSingleton(faults);
        builder.Services.AddSingleton<SignedInBrowsers>().AddSingleton<RefreshFamilies>().AddSingleton<Pages>().AddSingleton<Memberships>();
        OpenIdProvider.Add(builder.Services, options);
        var app = builder.Build();
        OpenIdProvider.Map(app);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException exception)
        {
            await app.DisposeAsync();
            throw new InvalidOperationException(
                $"The demo identity provider cannot listen on port {port}. Stop the process that uses it, or set another DevIdp:Issuer "
                    + $"(environment: DevIdp__Issuer).",
                exception
            );
        }

        return new DevIdpInstance(app, options, statistics, faults);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
