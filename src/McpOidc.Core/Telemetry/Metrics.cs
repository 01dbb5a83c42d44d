using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace McpOidc.Telemetry;

/// <summary>
/// The metrics for on-call engineers (docs/operations.md). Attributes have few values each: never a client, user or URL.
/// </summary>
internal sealed class Metrics
{
    public const string MeterName = "McpOidc";

    private static readonly KeyValuePair<string, object?> s_valid = new("outcome", "valid");
    private static readonly KeyValuePair<string, object?> s_invalid = new("outcome", "invalid");
    private static readonly KeyValuePair<string, object?> s_unknown = new("outcome", "unknown");

    private readonly Counter<long> _begun;
    private readonly Counter<long> _finished;
    private readonly Counter<long> _failed;
    private readonly Counter<long> _refreshes;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _replays;
    private readonly Counter<long> _codeReplays;
    private readonly Counter<long> _lostWrites;
    private readonly Counter<long> _registrations;
    private readonly Counter<long> _revocations;
    private readonly Counter<long> _limited;
    private readonly Counter<long> _verifications;
    private readonly Histogram<double> _upstream;
    private readonly Histogram<double> _store;

    public Metrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _begun = meter.CreateCounter<long>("mcpoidc.sign_ins.begun", "{sign_in}", "Browsers sent to an identity provider.");
        _finished = meter.CreateCounter<long>(
            "mcpoidc.sign_ins.finished",
            "{sign_in}",
            "Users who returned from the identity provider signed in."
        );
        _failed = meter.CreateCounter<long>("mcpoidc.sign_ins.failed", "{sign_in}", "Sign-ins that failed, by error.type.");
        _refreshes = meter.CreateCounter<long>("mcpoidc.refreshes", "{token}", "Refresh tokens that were used.");
        _retries = meter.CreateCounter<long>(
            "mcpoidc.refresh.retries",
            "{token}",
            "Refresh tokens that were retried and got the same successor."
        );
        _replays = meter.CreateCounter<long>(
            "mcpoidc.refresh.replays",
            "{token}",
            "Reuses of an old refresh token, treated as theft; each ended a grant."
        );
        _codeReplays = meter.CreateCounter<long>("mcpoidc.code.replays", "{code}", "Codes used twice; each ended a grant.");
        _lostWrites = meter.CreateCounter<long>(
            "mcpoidc.store.lost_writes",
            "{token}",
            "Refresh tokens newer than their record, because the store lost a write."
        );
        _registrations = meter.CreateCounter<long>("mcpoidc.registrations", "{client}", "Clients that registered, by kind: new or shared.");
        _revocations = meter.CreateCounter<long>("mcpoidc.revocations", "{grant}", "Grants that were ended.");
        _limited = meter.CreateCounter<long>("mcpoidc.rate_limited", "{request}", "Requests beyond a limit, by limit.");
        _verifications = meter.CreateCounter<long>(
            "mcpoidc.verifications",
            "{token}",
            "Access tokens checked by a protected MCP server, by outcome: valid, invalid or unknown."
        );
        _upstream = CreateHistogram(
            meter,
            "mcpoidc.identity_provider.duration",
            "Requests to identity providers, by operation and outcome: ok, refused or unavailable.",
            [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
        );
        _store = CreateHistogram(
            meter,
            "mcpoidc.store.duration",
            "Operations of the store, by operation and outcome: ok or unavailable.",
            [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1]
        );
        meter.CreateObservableGauge(
            "mcpoidc.clock.ahead",
            () => ClockAhead is { } ahead ? [new Measurement<double>(ahead.TotalSeconds)] : Array.Empty<Measurement<double>>(),
            "s",
            "How far this machine's clock is ahead of the store's; negative if it is behind."
        );
    }

    /// <summary>How far this machine's clock is ahead of the store's, if known.</summary>
    public TimeSpan? ClockAhead { get; set; }

    /// <summary>Initializes all counters of an authorization server to zero.</summary>
    /// <param name="errors">The errors with which a sign-in may fail.</param>
    /// <param name="limits">The names of the limits.</param>
    public void StartServer(IEnumerable<string> errors, IEnumerable<string> limits)
    {
        Counter<long>[] plain = [_begun, _finished, _refreshes, _retries, _replays, _codeReplays, _lostWrites, _revocations];
        foreach (var counter in plain)
        {
            counter.Add(0);
        }

        Start(_failed, "error.type", errors);
        Start(_registrations, "kind", ["new", "shared"]);
        Start(_limited, "limit", limits);
    }

    /// <summary>Initializes all counters of a protected MCP server to zero.</summary>
    public void StartResourceServer() => Start(_verifications, "outcome", ["valid", "invalid", "unknown"]);

    private static void Start(Counter<long> counter, string attribute, IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            counter.Add(0, new KeyValuePair<string, object?>(attribute, value));
        }
    }

    public void SignInBegun() => _begun.Add(1);

    public void SignInFinished() => _finished.Add(1);

    /// <param name="error">An OAuth error code.</param>
    public void SignInFailed(string error) => _failed.Add(1, new KeyValuePair<string, object?>("error.type", error));

    public void Refreshed() => _refreshes.Add(1);

    public void RefreshRetried() => _retries.Add(1);

    public void RefreshReplayed() => _replays.Add(1);

    public void CodeReplayed() => _codeReplays.Add(1);

    public void WriteLost() => _lostWrites.Add(1);

    /// <param name="kind"><c>new</c> or <c>shared</c>.</param>
    public void Registered(string kind) => _registrations.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Revoked() => _revocations.Add(1);

    /// <param name="limit">The name of the setting.</param>
    public void Limited(string limit) => _limited.Add(1, new KeyValuePair<string, object?>("limit", limit));

    /// <param name="valid">Whether the token is valid; <see langword="null"/> if that could not be determined.</param>
    public void Verified(bool? valid) =>
        _verifications.Add(
            1,
            valid switch
            {
                true => s_valid,
                false => s_invalid,
                null => s_unknown,
            }
        );

    /// <param name="operation">The operation.</param>
    /// <param name="outcome"><c>ok</c>, <c>refused</c> or <c>unavailable</c>.</param>
    /// <param name="start">A timestamp of <see cref="Stopwatch"/>.</param>
    public void AskedIdentityProvider(string operation, string outcome, long start) =>
        _upstream.Record(
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("outcome", outcome)
        );

    /// <param name="operation">The method.</param>
    /// <param name="outcome"><c>ok</c> or <c>unavailable</c>.</param>
    /// <param name="start">A timestamp of <see cref="Stopwatch"/>.</param>
    public void AskedStore(string operation, string outcome, long start) =>
        _store.Record(
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            new KeyValuePair<string, object?>("operation", operation),
            new KeyValuePair<string, object?>("outcome", outcome)
        );

    private static Histogram<double> CreateHistogram(Meter meter, string name, string description, double[] bounds) =>
        meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
