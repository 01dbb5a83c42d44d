using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Protection;

/// <summary>The public keys of the authorization server.</summary>
internal interface ISigningKeySource
{
    /// <summary>The issuer, byte for byte as in tokens.</summary>
    string Issuer { get; }

    /// <summary>The keys.</summary>
    /// <param name="unknownKey">Whether a token named a key that the last result did not contain.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if they are currently unavailable.</returns>
    ValueTask<IReadOnlyList<SecurityKey>?> GetAsync(bool unknownKey, CancellationToken cancellationToken);
}
