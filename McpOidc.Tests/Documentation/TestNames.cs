using McpOidc.Tests.Conventions;

namespace McpOidc.Tests.Documentation;

/// <summary>Names of tests, as written on pages: a class, or class and method.</summary>
internal static class TestNames
{
    private static readonly HashSet<string> s_classes = [.. SecurityCaseTests.Tests.Select(test => test.Split('.')[0])];

    /// <summary>Whether such a test exists; the AppHost's tests are in a separate assembly.</summary>
    public static bool Exist(string name) =>
        SecurityCaseTests.Tests.Contains(name)
        || s_classes.Contains(name)
        || (name.Split('.') is [var type, .. var method] && OfAppHost(type, method));

    private static bool OfAppHost(string type, string[] method)
    {
        var file = Path.Combine(Repository.Root, "McpOidc.AppHost.Tests", type + ".cs");
        return File.Exists(file) && method.All(name => File.ReadAllText(file).Contains($" {name}(", StringComparison.Ordinal));
    }
}
