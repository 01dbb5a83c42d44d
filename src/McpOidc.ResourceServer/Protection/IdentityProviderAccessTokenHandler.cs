using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>Adds the user's IdP access token to requests that go to one origin, and to no other.</summary>
internal sealed class IdentityProviderAccessTokenHandler(IIdentityProviderTokens tokens, IHttpContextAccessor http, Uri baseAddress)
    : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (
            request.RequestUri is { } target
            && IsWithin(target)
            && http.HttpContext?.User is { } user
            && await tokens.GetAsync(user, cancellationToken) is { } held
        )
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", held.AccessToken);
        }

        return await base.SendAsync(request, cancellationToken);
    }

    private bool IsWithin(Uri target) =>
        target.Scheme == baseAddress.Scheme && target.IdnHost == baseAddress.IdnHost && target.Port == baseAddress.Port;
}
