namespace McpOidc.Benchmarks.Load;

/// <summary>The result of one run of an operation.</summary>
/// <param name="PerSecond">Operations a second.</param>
/// <param name="Count">All operations.</param>
/// <param name="P99">The 99th percentile of the response time, without correction for requests that were not sent.</param>
/// <param name="Errors">Responses other than 2xx, and broken connections.</param>
internal sealed record LoadResult(double PerSecond, long Count, TimeSpan P99, long Errors)
{
    /// <summary>The same for each request to the authorization server, if an operation has several.</summary>
    public TimeSpan RequestP99 { get; init; } = P99;

    /// <summary>Combines runs at the same time.</summary>
    public static LoadResult Together(IReadOnlyCollection<LoadResult> all) =>
        new(all.Sum(one => one.PerSecond), all.Sum(one => one.Count), all.Max(one => one.P99), all.Sum(one => one.Errors));

    public static TimeSpan Percentile99(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToList();
        return sorted[sorted.Count * 99 / 100];
    }
}
