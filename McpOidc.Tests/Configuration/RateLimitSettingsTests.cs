using McpOidc.Configuration;

namespace McpOidc.Tests.Configuration;

/// <summary>The settings in <c>McpOidc:RateLimits</c>.</summary>
public sealed class RateLimitSettingsTests
{
    public static TheoryData<string> Limits =>
        [
            .. typeof(RateLimitOptions)
                .GetProperties()
                .Where(property => property.PropertyType == typeof(int))
                .Select(property => property.Name),
        ];

    [Theory]
    [MemberData(nameof(Limits))]
    public void Every_limit_must_not_be_negative(string name)
    {
        var options = new RateLimitOptions();
        typeof(RateLimitOptions).GetProperty(name)!.SetValue(options, -1);
        var result = new RateLimitOptionsValidator().Validate(name: null, options);
        Assert.Contains($"McpOidc__RateLimits__{name}", result.FailureMessage, StringComparison.Ordinal);
    }
}
