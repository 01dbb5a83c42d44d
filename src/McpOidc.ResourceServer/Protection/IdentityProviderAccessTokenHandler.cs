using System.Net;
using System.Net.Http.Headers;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>
/// Adds the user's identity provider access token to the intended requests only. A token that the API rejects before its expiry was
/// revoked: it is refreshed, and the request is sent again if its method is safe (RFC 9110 §9.2.1).
/// </summary>
internal sealed class IdentityProviderAccessTokenHandler(
    IIdentityProviderTokens tokens,
    RefusingApis refusing,
    IHttpContextAccessor http,
    Func<HttpRequestMessage, bool> isMeant
) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!isMeant(request) || http.HttpContext?.User is not { } user || await tokens.GetAsync(user, cancellationToken) is not { } held)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        var (isAccepted, response) = await SendAsync(request, held.AccessToken, cancellationToken);
        return isAccepted ? response : await RenewAsync(request, response, user, held.AccessToken, cancellationToken);
    }

    private async Task<HttpResponseMessage> RenewAsync(
        HttpRequestMessage request,
        HttpResponseMessage refusal,
        ClaimsPrincipal user,
        string refusedToken,
        CancellationToken cancellationToken
    )
    {
        var (subject, origin) = (user.FindFirst("sub")?.Value ?? "", request.RequestUri!.GetLeftPart(UriPartial.Authority));
        if (
            refusing.Contains(subject, origin)
            || await tokens.RenewAsync(user, refusedToken, cancellationToken) is not { } renewed
            || !IsSafe(request.Method)
        )
        {
            return refusal;
        }

        refusal.Dispose();
        var (isAccepted, response) = await SendAsync(request, renewed.AccessToken, cancellationToken);
        if (!isAccepted)
        {
            refusing.Add(subject, origin);
        }

        return response;
    }

    private async Task<(bool IsAccepted, HttpResponseMessage Response)> SendAsync(
        HttpRequestMessage request,
        string accessToken,
        CancellationToken cancellationToken
    )
    {
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        var response = await base.SendAsync(request, cancellationToken);
        return (response.StatusCode != HttpStatusCode.Unauthorized, response);
    }

    private static bool IsSafe(HttpMethod method) => method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Options;
}
