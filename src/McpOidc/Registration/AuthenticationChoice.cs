namespace McpOidc.Registration;

/// <summary>
/// By which method a client proves itself, where it names several (OpenID Connect Relying Party Metadata Choices 1.0): ChatGPT's document
/// prefers <c>private_key_jwt</c> and lists <c>none</c> as well, for servers that know no better.
/// </summary>
internal static class AuthenticationChoice
{
    private const string None = "none";
    private const string PrivateKeyJwt = "private_key_jwt";

    /// <summary>The metadata with the method that is used; with both, where the client may come with its key or without.</summary>
    /// <param name="sent">What the client says of itself.</param>
    /// <param name="offered">The methods that can be used.</param>
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
            // Where none can be used, the rules say why of the first.
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
