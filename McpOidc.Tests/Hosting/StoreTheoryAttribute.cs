using Xunit.Sdk;

namespace McpOidc.Tests.Hosting;

/// <summary>Like <see cref="StoreFactAttribute"/>, but with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("McpOidc.Tests.Hosting.StoreTheoryDiscoverer", "McpOidc.Tests")]
public sealed class StoreTheoryAttribute : TheoryAttribute;
