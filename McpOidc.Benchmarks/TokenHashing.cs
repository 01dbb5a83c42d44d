using BenchmarkDotNet.Attributes;
using McpOidc.Storage.OpenIddict;
using McpOidc.Token;

namespace McpOidc.Benchmarks;

/// <summary>What each code and refresh token costs beside the store: to make a reference, and to find the form that is stored.</summary>
[MemoryDiagnoser]
public class TokenHashing
{
    private readonly string _id = OpaqueToken.CreateId();
    private string _reference = "";

    [GlobalSetup]
    public void Prepare() => _reference = TokenReference.New(_id);

    [Benchmark]
    public string Make() => TokenReference.New(_id);

    [Benchmark]
    public string Hash() => TokenReference.Hash(_reference);
}
