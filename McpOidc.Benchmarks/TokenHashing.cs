using BenchmarkDotNet.Attributes;
using McpOidc.Storage.OpenIddict;
using McpOidc.Token;

namespace McpOidc.Benchmarks;

/// <summary>The cost of each code and refresh token apart from the store: creating a reference, and deriving its stored form.</summary>
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
