using McpOidc.Keys;
using McpOidc.Storage.OpenIddict;
using McpOidc.Token;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>A device code: <c>d{id of its request}.{secret}~{mac}</c>.</summary>
/// <param name="RequestId">The id of the request.</param>
/// <param name="Value">The complete code.</param>
internal sealed record DeviceCode(string RequestId, string Value)
{
    private const char Mark = 'd';
    private const char MacSeparator = '~';

    public string Hash => OpaqueToken.Hash(Value);

    public static DeviceCode Create(string requestId, DerivedKey key) =>
        new(requestId, TokenMac.Sign(TokenReference.New(Mark + requestId), key, MacSeparator));

    /// <summary>Parses a code; <see langword="null"/> if this server did not issue it.</summary>
    public static DeviceCode? Read(string? value, IReadOnlyList<DerivedKey> keys) =>
        value is { Length: > 0 }
        && value[0] == Mark
        && TokenReference.TrySplit(value, out var id, out _)
        && TokenReference.IsId(id[1..])
        && TokenMac.IsOurs(value, keys, MacSeparator)
            ? new(id[1..], value)
            : null;

    public override string ToString() => $"{nameof(DeviceCode)} {{ RequestId = {RequestId} }}";
}
