using Xunit.Sdk;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// A test that many backends inherit. Whether it can run is up to the class that inherits it (<see cref="RequiresRedisAttribute"/>), which
/// an ordinary attribute does not see.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("McpOidc.Tests.Hosting.StoreFactDiscoverer", "McpOidc.Tests")]
public sealed class StoreFactAttribute : FactAttribute;
