using Xunit.Sdk;

namespace McpOidc.Tests.Hosting;

/// <summary>
/// A test that many backends inherit. Whether it can run depends on the inheriting class (<see cref="RequiresRedisAttribute"/>), which an
/// ordinary attribute cannot see.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("McpOidc.Tests.Hosting.StoreFactDiscoverer", "McpOidc.Tests")]
public sealed class StoreFactAttribute : FactAttribute;
