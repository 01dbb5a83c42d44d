using McpOidc.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>Says which call is missing when the application is put together wrongly.</summary>
internal static class Roles
{
    public static void Require(IServiceProvider services, string caller)
    {
        if (services.GetService<AuthorizationServerRole>() is null && services.GetService<ResourceServerRole>() is null)
        {
            throw new InvalidOperationException(
                $"{caller}() needs services.AddMcpOidc().AddAuthorizationServer() or services.AddMcpOidc().AddResourceServer()."
            );
        }
    }

    public static void RequireResourceServer(IServiceProvider services, string caller)
    {
        if (services.GetService<ResourceServerRole>() is null)
        {
            throw new InvalidOperationException($"{caller}() needs services.AddMcpOidc().AddResourceServer().");
        }
    }
}
