using McpOidc.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>Says which call is missing when the application is put together wrongly.</summary>
internal static class Roles
{
    public static void Require(IServiceProvider services, string caller)
    {
        if (services.GetService<ServerRole>() is null && services.GetService<ProtectionRole>() is null)
        {
            throw new InvalidOperationException($"{caller}() needs services.AddMcpOidc().AddServer() or services.AddMcpOidc().AddProtection().");
        }
    }

    public static void RequireProtection(IServiceProvider services, string caller)
    {
        if (services.GetService<ProtectionRole>() is null)
        {
            throw new InvalidOperationException($"{caller}() needs services.AddMcpOidc().AddProtection().");
        }
    }
}
