using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <summary>
/// An authorization code or a pushed authorization request on its way through OpenIddict, which wants something to set properties on.
/// </summary>
internal sealed class TokenEntity
{
    public required TokenRecord Record { get; set; }

    /// <summary>The grant in which the code lies; absent for what has a record of its own.</summary>
    public GrantRecord? Grant { get; set; }

    /// <summary>The version that was read or written last; absent while there is nothing in the store.</summary>
    public long? Version { get; set; }
}
