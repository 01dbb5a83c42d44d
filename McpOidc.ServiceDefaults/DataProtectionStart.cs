using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.Extensions.Hosting;

/// <summary>Removes Data Protection from the start, where it is not needed.</summary>
public static class DataProtectionStart
{
    /// <summary>
    /// ASP.NET Core's authentication adds Data Protection, which reads its keys at start, or writes them if there are none. They are not
    /// used here. Without it, the process starts faster, takes 6 MB less, and does not complain about a read-only file system.
    /// </summary>
    public static void RemoveDataProtectionStart(this IServiceCollection services)
    {
        var assembly = typeof(DataProtectionOptions).Assembly;
        foreach (
            var start in services
                .Where(service => service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == assembly)
                .ToList()
        )
        {
            services.Remove(start);
        }
    }
}
