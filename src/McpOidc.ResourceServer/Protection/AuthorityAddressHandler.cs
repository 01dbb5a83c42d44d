using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// Sends requests for the authorization server to the address at which it is reachable from here, which may differ from the public one.
/// The request carries the public host and scheme.
/// </summary>
internal sealed class AuthorityAddressHandler(IOptions<McpOidcOptions> options) : DelegatingHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (
            request.RequestUri is { } asked
            && UrlRules.TryRead(options.Value.AuthorityAddress, out var address)
            && UrlRules.TryRead(options.Value.Authority, out var issuer)
            && asked.GetLeftPart(UriPartial.Authority) == issuer.GetLeftPart(UriPartial.Authority)
        )
        {
            request.RequestUri = new Uri(address, asked.PathAndQuery);
            request.Headers.Host = asked.Authority;
            // Trusted by the authorization server through TrustedProxies, and required if only the public address has TLS.
            request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", asked.Scheme);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
