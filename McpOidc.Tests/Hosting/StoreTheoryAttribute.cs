using Xunit.Sdk;

namespace McpOidc.Tests.Hosting;

/// <summary>As <see cref="StoreFactAttribute"/>, with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer("McpOidc.Tests.Hosting.StoreTheoryDiscoverer", "McpOidc.Tests")]
public sealed class StoreTheoryAttribute : TheoryAttribute;
