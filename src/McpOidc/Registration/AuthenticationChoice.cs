namespace McpOidc.Registration;

/// <summary>
/// Chooses the client authentication method if a client lists several (OpenID Connect Relying Party Metadata Choices 1.0): ChatGPT's
/// document prefers <c>private_key_jwt</c>, and also lists <c>none</c> for servers that do not support it.
/// </summary>
internal static class AuthenticationChoice
{
    private const string None = "none";
    private const string PrivateKeyJwt = "private_key_jwt";

    /// <summary>The metadata with the chosen method; with both if the client may use its key or not.</summary>
    /// <param name="sent">The client's metadata.</param>
    /// <param name="offered">The supported methods.</param>
    public static ClientMetadata Choose(ClientMetadata sent, IReadOnlyList<string> offered)
    {
        var preferred = sent.TokenEndpointAuthMethod;
        var hasKeys = sent.Jwks is not null || sent.JwksUri is not null;
        string[] possible =
        [
            .. (sent.TokenEndpointAuthMethodsSupported ?? [])
                .Append(preferred ?? "")
                .Where(method => offered.Contains(method) && (method != PrivateKeyJwt || hasKeys))
                .Distinct(StringComparer.Ordinal),
        ];
        var method =
            sent.TokenEndpointAuthMethodsSupported is not { Length: > 0 } methods ? preferred
            // If none is supported, the rules reject the first one.
            : possible.Length == 0 ? preferred ?? methods[0]
            : preferred is not null && possible.Contains(preferred) ? preferred
            : possible.Contains(PrivateKeyJwt) ? PrivateKeyJwt
            : possible[0];
        return sent with
        {
            TokenEndpointAuthMethod = method,
            TokenEndpointAuthMethodsSupported =
                method is None or PrivateKeyJwt && possible.Contains(None) && possible.Contains(PrivateKeyJwt)
                    ? [None, PrivateKeyJwt]
                    : null,
        };
    }
}
