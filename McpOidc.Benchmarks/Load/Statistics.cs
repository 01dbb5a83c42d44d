namespace McpOidc.Benchmarks.Load;

/// <summary>Statistics over several measurements.</summary>
internal static class Statistics
{
    /// <returns>The middle value, or the mean of the two middle values; NaN if there are none.</returns>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? double.NaN : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>Fits a line by least squares.</summary>
    /// <returns>Its slope, and the standard error of the slope.</returns>
    public static (double Slope, double Error) Slope(IReadOnlyCollection<(double X, double Y)> points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var spread = points.Sum(point => (point.X - x) * (point.X - x));
        var slope = points.Sum(point => (point.X - x) * (point.Y - y)) / spread;
        var rest = points.Sum(point => Math.Pow(point.Y - y - (slope * (point.X - x)), 2));
        return (slope, Math.Sqrt(rest / (points.Count - 2) / spread));
    }
}
