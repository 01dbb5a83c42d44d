using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>A pushed authorization request as OpenIddict's mutable token.</summary>
internal sealed class TokenEntity
{
    public required TokenRecord Record { get; set; }

    /// <summary>The version last read or written; absent while it is not in the store.</summary>
    public long? Version { get; set; }
}
