using McpOidc.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace McpOidc;

/// <summary>Distinguishes our OpenIddict configuration from the application's.</summary>
internal sealed class OwnOpenIddictConfiguration
{
    private static readonly Type[] s_managers = [typeof(IOpenIddictApplicationManager), typeof(IOpenIddictTokenManager)];
    private readonly IServiceCollection _services;
    private readonly HashSet<object> _own;
    private readonly ServiceDescriptor?[] _managers;

    /// <param name="services">The services of the process.</param>
    /// <param name="add">Registers our configuration.</param>
    public OwnOpenIddictConfiguration(IServiceCollection services, Action<IServiceCollection> add)
    {
        _services = services;
        var before = Instances();
        add(services);
        _own = [.. Instances().Except(before)];
        _managers = Managers();
    }

    public bool IsOfApplication(object configuration) => !_own.Contains(configuration);

    /// <summary>Whether the application replaced our entities.</summary>
    public bool HasOtherEntities => !Managers().SequenceEqual(_managers);

    private object[] Instances() =>
        [.. _services.Where(service => !service.IsKeyedService).Select(service => service.ImplementationInstance).OfType<object>()];

    private ServiceDescriptor?[] Managers() =>
        [.. s_managers.Select(manager => _services.LastOrDefault(service => service.ServiceType == manager))];
}

/// <summary>Prevents the start of an application with its own OpenIddict server: OpenIddict has one set of options, endpoints and stores
/// per process, and both would change it. The application may add handlers.</summary>
internal sealed class OpenIddictCheckHostedService(
    OwnOpenIddictConfiguration own,
    IEnumerable<IConfigureOptions<OpenIddictServerOptions>> configurations
) : IHostedService
{
    /// <exception cref="StartException">The application has its own OpenIddict server.</exception>
    public Task StartAsync(CancellationToken cancellationToken) =>
        own.HasOtherEntities || IsServer(OfApplication())
            ? throw new StartException(
                "OpenIddict supports one server per process, but McpOidc and this application both configure one. Run yours in a separate "
                    + "process and set McpOidc:IdentityProvider:Issuer to it, or sign people in with UseApplicationSignIn()."
            )
            : Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsServer(OpenIddictServerOptions options) =>
        options.GrantTypes.Count > 0
        || Endpoints(options).Zip(Endpoints(new OpenIddictServerOptions())).Any(pair => !pair.First.SequenceEqual(pair.Second));

    private static IEnumerable<List<Uri>> Endpoints(OpenIddictServerOptions options) =>
        [
            options.AuthorizationEndpointUris,
            options.ConfigurationEndpointUris,
            options.DeviceAuthorizationEndpointUris,
            options.EndSessionEndpointUris,
            options.EndUserVerificationEndpointUris,
            options.IntrospectionEndpointUris,
            options.JsonWebKeySetEndpointUris,
            options.PushedAuthorizationEndpointUris,
            options.RevocationEndpointUris,
            options.TokenEndpointUris,
            options.UserInfoEndpointUris,
        ];

    private OpenIddictServerOptions OfApplication()
    {
        var options = new OpenIddictServerOptions();
        // OpenIddict registers its own configurations by type, not as instances.
        foreach (var configuration in configurations.OfType<ConfigureNamedOptions<OpenIddictServerOptions>>().Where(own.IsOfApplication))
        {
            configuration.Configure(Options.DefaultName, options);
        }

        return options;
    }
}
