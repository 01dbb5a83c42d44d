using BenchmarkDotNet.Attributes;
using McpOidc.Registration;

namespace McpOidc.Benchmarks;

/// <summary>The comparison in every authorization request, for each registered redirect URI.</summary>
[MemoryDiagnoser]
public class RedirectUriMatching
{
    [Params("https://claude.ai/api/mcp/auth_callback", "http://127.0.0.1:33418/callback", "cursor://anysphere.cursor-mcp/oauth/callback")]
    public string Registered { get; set; } = "";

    [Benchmark(Baseline = true)]
    public bool Same() => RedirectUriMatch.Matches(Registered, Registered);

    [Benchmark]
    public bool OtherPort() => RedirectUriMatch.Matches(Registered, "http://127.0.0.1:61000/callback");
}
