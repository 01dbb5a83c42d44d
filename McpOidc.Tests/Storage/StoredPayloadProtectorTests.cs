using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using McpOidc.Storage;

namespace McpOidc.Tests.Storage;

public sealed class StoredPayloadProtectorTests
{
    private const string Key = "user:{a}";
    private const string Words = "{\"name\":\"Alexandra\",\"at\":1790}";
    private const int Overhead = 1 + 4 + 16 + 16;
    private static readonly DerivedKey s_key = new(7, RandomNumberGenerator.GetBytes(32));
    private readonly StoredPayloadProtector _protector = new(new FixedKeys());

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(199)]
    [InlineData(200)]
    [InlineData(5_000)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    public async Task A_protected_payload_round_trips(int size)
    {
        foreach (var content in new[] { Text(size), RandomNumberGenerator.GetBytes(size), new byte[size] })
        {
            var payload = await ProtectAsync(content);
            Assert.Equal(content, (await UnprotectAsync(payload)).ToArray());
        }
    }

    [Fact]
    public async Task A_compressible_payload_becomes_smaller()
    {
        var payload = await ProtectAsync(Text(3_000));
        Assert.Equal(2, payload[0]);
        Assert.InRange(payload.Length, 1, 1_500);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(3_000)]
    public async Task An_incompressible_payload_grows_only_by_the_header(int size)
    {
        var payload = await ProtectAsync(RandomNumberGenerator.GetBytes(size));
        Assert.Equal(1, payload[0]);
        Assert.Equal(size + Overhead, payload.Length);
    }

    [Fact]
    public async Task A_payload_protected_before_compression_existed_can_be_read()
    {
        var content = Text(3_000);
        Assert.Equal(content, (await UnprotectAsync(Sealed(1, content, Encoding.UTF8.GetBytes(Key)))).ToArray());
    }

    // By a later version, in a rolling upgrade.
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public Task A_payload_in_an_unknown_format_is_refused(byte version) =>
        AssertRefusedAsync(Sealed(version, Text(100), [version, .. Encoding.UTF8.GetBytes(Key)]));

    [Theory]
    [InlineData(100)]
    [InlineData(3_000)]
    public async Task A_payload_that_was_moved_to_another_record_is_refused(int size)
    {
        var payload = await ProtectAsync(Text(size));
        await Assert.ThrowsAsync<StoredPayloadException>(() =>
            _protector.UnprotectAsync(payload, "user:{b}", CancellationToken.None).AsTask()
        );
    }

    [Theory]
    [InlineData(100)]
    [InlineData(3_000)]
    public async Task A_payload_with_any_changed_or_missing_byte_is_refused(int size)
    {
        var payload = await ProtectAsync(Text(size));

        // Except for the root key id: this test has only one root key.
        foreach (var at in Enumerable.Range(0, payload.Length).Except([1, 2, 3, 4]))
        {
            var damaged = payload.ToArray();
            damaged[at] ^= 3;
            await AssertRefusedAsync(damaged);
        }

        await AssertRefusedAsync(payload[..^1]);
        await AssertRefusedAsync(payload[..Overhead]);
        await AssertRefusedAsync([]);
    }

    [Fact]
    public async Task A_payload_that_decrypts_but_was_not_compressed_here_is_refused_without_using_much_memory()
    {
        byte[] associated = [2, .. Encoding.UTF8.GetBytes(Key)];
        Assert.Equal(500, (await UnprotectAsync(Sealed(2, Compress(new byte[500]), associated))).Length);

        await AssertRefusedAsync(Sealed(2, [], associated));
        await AssertRefusedAsync(Sealed(2, Text(500), associated));
        await AssertRefusedAsync(Sealed(2, Compress(Text(500))[..^2], associated));
        await AssertRefusedAsync(Sealed(2, [.. Compress(Text(500)), 0], associated));

        var bomb = Sealed(2, Compress(new byte[10_000_000]), associated);
        var before = GC.GetAllocatedBytesForCurrentThread();
        await AssertRefusedAsync(bomb);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
    }

    // The nonce is constant, so that a repeated key would reveal what two payloads have in common.
    [Fact]
    public async Task Each_payload_is_encrypted_with_its_own_key()
    {
        var payloads = new[] { await ProtectAsync(new byte[100]), await ProtectAsync(new byte[100]) };
        Assert.NotEqual(payloads[0][5..21], payloads[1][5..21]);
        Assert.NotEqual(payloads[0][21..], payloads[1][21..]);
    }

    [Fact]
    public async Task The_buffer_for_compression_is_returned_without_content()
    {
        // The pool keeps the last array of a thread, so this thread gets it again.
        var buffer = ArrayPool<byte>.Shared.Rent(3_000);
        ArrayPool<byte>.Shared.Return(buffer);
        await ProtectAsync(Text(3_000));
        var again = ArrayPool<byte>.Shared.Rent(3_000);
        Assert.Same(buffer, again);
        Assert.All(again, content => Assert.Equal(0, content));
        ArrayPool<byte>.Shared.Return(again);
    }

    private Task<byte[]> ProtectAsync(byte[] content) => _protector.ProtectAsync(content, Key, CancellationToken.None).AsTask();

    private ValueTask<ReadOnlyMemory<byte>> UnprotectAsync(byte[] payload) =>
        _protector.UnprotectAsync(payload, Key, CancellationToken.None);

    private async Task AssertRefusedAsync(byte[] payload) =>
        await Assert.ThrowsAsync<StoredPayloadException>(() => UnprotectAsync(payload).AsTask());

    private static byte[] Text(int size) =>
        [.. Enumerable.Range(0, size).Select(number => (byte)Words[(number + (number / 97)) % Words.Length])];

    private static byte[] Compress(byte[] content)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(content.Length)];
        Assert.True(BrotliEncoder.TryCompress(content, compressed, out var size));
        return compressed[..size];
    }

    /// <summary>An independent implementation of the format: version, id of the root key, salt, ciphertext, tag.</summary>
    private static byte[] Sealed(byte version, byte[] content, byte[] associated)
    {
        var payload = new byte[Overhead + content.Length];
        payload[0] = version;
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(1), s_key.Id);
        RandomNumberGenerator.Fill(payload.AsSpan(5, 16));
        using var aes = new AesGcm(HKDF.Expand(HashAlgorithmName.SHA256, s_key.Value, 32, payload[5..21]), 16);
        aes.Encrypt(new byte[12], content, payload.AsSpan(21, content.Length), payload.AsSpan(21 + content.Length), associated);
        return payload;
    }

    private sealed class FixedKeys : IRootKeys
    {
        public ValueTask<IReadOnlyList<DerivedKey>> DeriveAsync(KeyPurpose purpose, CancellationToken cancellationToken) => new([s_key]);

        public ValueTask<DerivedKey?> FindAsync(KeyPurpose purpose, uint id, CancellationToken cancellationToken) =>
            new(id == s_key.Id ? s_key : null);
    }
}
