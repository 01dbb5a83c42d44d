using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>The services and the endpoint for sign-in at the application itself.</summary>
internal static class ApplicationSignIn
{
    public static void Add(IServiceCollection services, string scheme)
    {
        services.AddHttpContextAccessor();
        // First, so that the settings take precedence.
        services.Insert(
            0,
            ServiceDescriptor.Singleton<IConfigureOptions<ApplicationSignInOptions>>(
                new ConfigureNamedOptions<ApplicationSignInOptions>(Options.DefaultName, options => options.Scheme = scheme)
            )
        );
        services.AddOptions<ApplicationSignInOptions>().ValidateOnStart();
        services.TryAddSingleton<ApplicationIdentityProvider>();
        services.Replace(
            ServiceDescriptor.Singleton<IIdentityProvider>(provider => provider.GetRequiredService<ApplicationIdentityProvider>())
        );
        // The settings of the built-in provider are then unused.
        services.TryAddSingleton<ExplicitIdentityProvider>();
        services.TryAddSingleton<ApplicationSignInEndpoint>();
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IValidateOptions<ApplicationSignInOptions>, ApplicationSignInOptionsValidator>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<IdentityProviderOptions>, ApplicationProviderSetup>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<ResourceServerOptions>, ApplicationProviderSetup>(),
            ServiceDescriptor.Singleton<IPostConfigureOptions<CookieAuthenticationOptions>, ApplicationCookieSetup>(),
        ]);
        services.AddHostedService<UnaskedApplicationHostedService>();
    }

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetService<ApplicationSignInEndpoint>() is not null)
        {
            endpoints
                .MapGet(
                    EndpointPaths.ApplicationSignIn,
                    (HttpContext http, ApplicationSignInEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
                )
                .As(new() { Caller = Caller.Browser });
        }
    }
}
