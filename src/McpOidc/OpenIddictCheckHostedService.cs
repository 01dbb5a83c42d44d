using McpOidc.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace McpOidc;

/// <summary>What of OpenIddict's configuration is ours; anything else is the application's.</summary>
internal sealed class OwnOpenIddictConfiguration
{
    private static readonly Type[] s_managers = [typeof(IOpenIddictApplicationManager), typeof(IOpenIddictTokenManager)];
    private readonly IServiceCollection _services;
    private readonly HashSet<object> _own;
    private readonly ServiceDescriptor?[] _managers;

    /// <param name="services">The services of the process.</param>
    /// <param name="add">Registers what is ours.</param>
    public OwnOpenIddictConfiguration(IServiceCollection services, Action<IServiceCollection> add)
    {
        _services = services;
        var before = Instances();
        add(services);
        _own = [.. Instances().Except(before)];
        _managers = Managers();
    }

    public bool IsOfApplication(object configuration) => !_own.Contains(configuration);

    /// <summary>Whether the application has put entities of its own in the place of ours.</summary>
    public bool HasOtherEntities => !Managers().SequenceEqual(_managers);

    private object[] Instances() =>
        [.. _services.Where(service => !service.IsKeyedService).Select(service => service.ImplementationInstance).OfType<object>()];

    private ServiceDescriptor?[] Managers() =>
        [.. s_managers.Select(manager => _services.LastOrDefault(service => service.ServiceType == manager))];
}

/// <summary>Does not let an application start that has an OpenIddict server of its own: OpenIddict has one set of options, endpoints and
/// stores in a process, and what both configure belongs to neither. Handlers that the application adds are its own affair.</summary>
internal sealed class OpenIddictCheckHostedService(
    OwnOpenIddictConfiguration own,
    IEnumerable<IConfigureOptions<OpenIddictServerOptions>> configurations
) : IHostedService
{
    /// <exception cref="StartException">There is such a server.</exception>
    public Task StartAsync(CancellationToken cancellationToken) =>
        own.HasOtherEntities || IsServer(OfApplication())
            ? throw new StartException(
                "OpenIddict has one server in a process, and both McpOidc and this application configure it. Run yours in a process of its "
                    + "own and set McpOidc:IdentityProvider:Issuer to it, or sign people in by UseApplicationSignIn()."
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
        // Those of OpenIddict itself are no instances: it registers their type.
        foreach (var configuration in configurations.OfType<ConfigureNamedOptions<OpenIddictServerOptions>>().Where(own.IsOfApplication))
        {
            configuration.Configure(Options.DefaultName, options);
        }

        return options;
    }
}
