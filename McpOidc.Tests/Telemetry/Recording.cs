using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace McpOidc.Tests.Telemetry;

/// <summary>The measurements and traces of one system.</summary>
internal sealed class Recording : IDisposable
{
    private readonly MeterListener _meters = new();
    private readonly ActivityListener _spans = new();
    private readonly ConcurrentQueue<(string Name, double Value, KeyValuePair<string, object?>[] Attributes)> _measured = new();
    private readonly ConcurrentQueue<Activity> _finished = new();

    /// <param name="services">The services of the systems to listen to; other tests measure at the same time.</param>
    public Recording(params IServiceProvider[] services)
    {
        var factories = services.Select(provider => (object?)provider.GetService(typeof(IMeterFactory))).ToList();
        _meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "McpOidc" && factories.Contains(instrument.Meter.Scope))
            {
                Names.Add(instrument.Name);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _meters.SetMeasurementEventCallback<long>(
            (instrument, value, attributes, _) => _measured.Enqueue((instrument.Name, value, attributes.ToArray()))
        );
        _meters.SetMeasurementEventCallback<double>(
            (instrument, value, attributes, _) => _measured.Enqueue((instrument.Name, value, attributes.ToArray()))
        );
        _meters.Start();
        _spans.ShouldListenTo = source => source.Name is "McpOidc" or "Microsoft.AspNetCore" or "System.Net.Http";
        _spans.Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded;
        _spans.ActivityStopped = _finished.Enqueue;
        ActivitySource.AddActivityListener(_spans);
    }

    /// <summary>The instruments.</summary>
    public ConcurrentBag<string> Names { get; } = [];

    public IReadOnlyList<(string Name, double Value, KeyValuePair<string, object?>[] Attributes)> Measured => [.. _measured];

    public double Sum(string name, params (string Name, string Value)[] attributes) => Of(name, attributes).Sum(measured => measured.Value);

    public int Count(string name, params (string Name, string Value)[] attributes) => Of(name, attributes).Count();

    public IReadOnlyList<Activity> SpansOf(ActivityTraceId trace) => [.. _finished.Where(span => span.TraceId == trace)];

    public void Dispose()
    {
        _meters.Dispose();
        _spans.Dispose();
    }

    private IEnumerable<(string Name, double Value, KeyValuePair<string, object?>[] Attributes)> Of(
        string name,
        (string Name, string Value)[] attributes
    ) =>
        _measured.Where(measured =>
            measured.Name == name
            && attributes.All(wanted =>
                measured.Attributes.Any(attribute => attribute.Key == wanted.Name && attribute.Value as string == wanted.Value)
            )
        );
}
