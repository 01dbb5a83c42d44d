using McpOidc.DPoP;
using McpOidc.Keys;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ClientKey = McpOidc.Tests.Hosting.ClientKey;

namespace McpOidc.Tests.DPoP;

/// <summary>The exact limits of a DPoP proof: its age, the length of its id, the size of its key, and how long it is remembered.</summary>
public sealed class ProofVerifierTests : IAsyncLifetime
{
    private const string Url = "https://mcp.example/token";
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Directory.CreateTempSubdirectory("mcpoidc-proofs-").FullName;
    private readonly ClientKey _key = new();
    private readonly LogSink _logs = new();
    private readonly ILoggerFactory _loggers;
    private readonly StoppedClock _clock = new();
    private readonly SqliteStore _store;
    private readonly ProofVerifier _verifier;

    public ProofVerifierTests()
    {
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(_logs));
        _store = new SqliteStore(Path.Combine(_directory, "store.db"), _clock);
        var refused = new RefusedTimes(_clock, _loggers.CreateLogger<RefusedTimes>());
        _verifier = new ProofVerifier(new ReplayMemory(_store), refused, _clock);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        _loggers.Dispose();
        _logs.Dispose();
        _key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(-120, null)]
    [InlineData(-121, "[2833]")]
    [InlineData(60, null)]
    [InlineData(61, "[2832]")]
    public async Task A_proof_is_accepted_up_to_two_minutes_after_its_time_and_one_minute_before_it(int seconds, string? line)
    {
        var (thumbprint, problem) = await VerifyAsync(Proof(seconds));
        Assert.Equal(line is null, thumbprint is not null);
        Assert.Equal(line is null, problem is null);
        Assert.Equal(line is null ? 0 : 1, _logs.Lines.Count);
        Assert.All(_logs.Lines, said => Assert.Contains(line!, said, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(256, true)]
    [InlineData(257, false)]
    public async Task The_id_of_a_proof_has_at_most_256_characters(int length, bool accepted) =>
        Assert.Equal(accepted, (await VerifyAsync(Proof(0, new string('j', length)))).Problem is null);

    // Its time may be a minute ahead of this clock.
    [Fact]
    public async Task A_used_proof_is_remembered_as_long_as_it_would_be_accepted()
    {
        var proof = Proof(60);
        Assert.Null((await VerifyAsync(proof)).Problem);
        _clock.Now = s_start.AddSeconds(60 + 120);
        Assert.Contains("already been used", (await VerifyAsync(proof)).Problem, StringComparison.Ordinal);
        _clock.Now = s_start.AddSeconds(60 + 121);
        Assert.Contains("too old", (await VerifyAsync(proof)).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(2048, true)]
    public async Task An_RSA_key_of_a_proof_has_at_least_2048_bits(int bits, bool accepted)
    {
        using var key = new ClientKey("RS256", bits);
        var proof = key.Proof("POST", Url, change: payload => payload["iat"] = s_start.ToUnixTimeSeconds());
        Assert.Equal(accepted, (await VerifyAsync(proof)).Problem is null);
    }

    private string Proof(int seconds, string? id = null) =>
        _key.Proof(
            "POST",
            Url,
            change: payload =>
            {
                payload["iat"] = s_start.ToUnixTimeSeconds() + seconds;
                payload["jti"] = id ?? "id";
            }
        );

    private Task<(string? Thumbprint, string? Problem)> VerifyAsync(string proof)
    {
        var http = new DefaultHttpContext();
        http.Request.Method = "POST";
        http.Request.Headers["DPoP"] = proof;
        return _verifier.VerifyAsync(http.Request, Url, accessToken: null, CancellationToken.None);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = s_start;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
