using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using McpOidc.Keys;
using McpOidc.Storage;

namespace McpOidc.Benchmarks;

/// <summary>Encryption of a stored record with the typical size of an identity provider's tokens.</summary>
[MemoryDiagnoser]
public class StoredPayload
{
    private const string Key = "benchmark";
    private readonly StoredPayloadProtector _protector = new(new FixedKeys());
    private byte[] _plaintext = [];
    private byte[] _payload = [];

    [Params(256, 4096)]
    public int Size { get; set; }

    [GlobalSetup]
    public async Task Prepare()
    {
        _plaintext = RandomNumberGenerator.GetBytes(Size);
        _payload = await Protect();
    }

    [Benchmark]
    public async Task<byte[]> Protect() => await _protector.ProtectAsync(_plaintext, Key, CancellationToken.None);

    [Benchmark]
    public async Task<int> Unprotect() => (await _protector.UnprotectAsync(_payload, Key, CancellationToken.None)).Length;

    private sealed class FixedKeys : IRootKeys
    {
        private readonly DerivedKey _key = new(1, RandomNumberGenerator.GetBytes(32));

        public ValueTask<IReadOnlyList<DerivedKey>> DeriveAsync(KeyPurpose purpose, CancellationToken cancellationToken) => new([_key]);

        public ValueTask<DerivedKey?> FindAsync(KeyPurpose purpose, uint id, CancellationToken cancellationToken) => new(_key);
    }
}
