using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Hosting;

/// <summary>Which services are registered as singletons: they can be kept, and need not be looked up again.</summary>
internal sealed class SingletonServices(IServiceCollection services)
{
    // Read when everything is registered.
    private readonly Lazy<FrozenSet<Type>> _types = new(() =>
        services
            .Where(service => service.ServiceKey is null)
            .GroupBy(service => service.ServiceType)
            .Where(same => same.Last().Lifetime == ServiceLifetime.Singleton)
            .Select(same => same.Key)
            .ToFrozenSet()
    );

    /// <param name="type">The service.</param>
    /// <param name="instance">Its instance, where that is known.</param>
    public Service Of(Type type, object? instance = null) => new(type, _types.Value.Contains(type), instance);

    /// <summary>A service that is looked up once if it is a singleton, and each time if it is not.</summary>
    public sealed class Service(Type type, bool isSingleton, object? instance)
    {
        private object? _instance = instance;

        public object Get(IServiceProvider services)
        {
            if (_instance is { } known)
            {
                return known;
            }

            var found = services.GetRequiredService(type);
            _instance = isSingleton ? found : null;
            return found;
        }
    }
}
