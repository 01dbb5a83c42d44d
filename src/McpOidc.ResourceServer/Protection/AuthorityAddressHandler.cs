using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Protection;

/// <summary>
/// Takes requests for the authorization server where it is reached from here, which need not be where browsers reach it. It is told the
/// name and scheme by which it knows itself.
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
            // Believed of its TrustedProxies, and needed where only the way from outside has TLS.
            request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", asked.Scheme);
        }

        return base.SendAsync(request, cancellationToken);
    }
}
