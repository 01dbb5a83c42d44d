using Xunit.Abstractions;
using Xunit.Sdk;

namespace McpOidc.Tests.Hosting;

/// <summary>A store fact in one of the classes that inherit it.</summary>
public sealed class StoreTestCase : XunitTestCase
{
    /// <summary>For xunit, which serializes test cases between discovery and execution.</summary>
#pragma warning disable CS0618 // obsolete for everyone else
    public StoreTestCase() { }
#pragma warning restore CS0618

    /// <summary>Creates the test case.</summary>
    public StoreTestCase(
        IMessageSink diagnostics,
        TestMethodDisplay display,
        TestMethodDisplayOptions options,
        ITestMethod method,
        object[]? arguments = null
    )
        : base(diagnostics, display, options, method, arguments) { }

    /// <inheritdoc/>
    protected override string GetSkipReason(IAttributeInfo factAttribute)
    {
        var needsRedis = TestMethod.TestClass.Class.GetCustomAttributes(typeof(RequiresRedisAttribute)).Any();
        return base.GetSkipReason(factAttribute) ?? (needsRedis ? RedisRequirement.SkipReason : null)!;
    }
}
