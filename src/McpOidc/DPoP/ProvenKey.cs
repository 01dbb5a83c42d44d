using OpenIddict.Server;

namespace McpOidc.DPoP;

/// <summary>The key that the current token request has proven.</summary>
/// <param name="Thumbprint">Its SHA-256 thumbprint (RFC 7638).</param>
/// <param name="BindsRefreshToken">Whether refresh tokens are also bound to it, as for public clients (RFC 9449 §5).</param>
internal sealed record ProvenKey(string Thumbprint, bool BindsRefreshToken)
{
    private const string Property = "McpOidc.ProvenKey";

    public static ProvenKey? Of(OpenIddictServerTransaction transaction) => transaction.GetProperty<ProvenKey>(Property);

    public void KeepIn(OpenIddictServerTransaction transaction) => transaction.SetProperty(Property, this);
}
