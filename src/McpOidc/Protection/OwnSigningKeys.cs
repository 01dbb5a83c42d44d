using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Protection;

/// <summary>In integrated mode, the keys of this process itself.</summary>
internal sealed class OwnSigningKeys(Issuer issuer, SigningKeyRing ring) : ISigningKeySource
{
    public string Issuer => issuer.Value;

    public ValueTask<IReadOnlyList<SecurityKey>?> GetAsync(bool unknownKey, CancellationToken cancellationToken) => new(ring.Current.Keys);
}
