using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Storage;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>The page for an authorization request that OpenIddict rejected: what is wrong, without a redirect to an unverified
/// address.</summary>
internal sealed class InvalidRequestPage(Clients clients, ErrorPage errors)
{
    public async Task<IResult> ShowAsync(HttpContext http, string error, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerRequest()?[ResumeInteraction.Parameter] is not null)
        {
            return errors.StartAgain("interaction_gone");
        }

        if (http.Request.Query[Parameters.RequestUri].ToString().StartsWith(RequestUris.Prefixes.Generic, StringComparison.Ordinal))
        {
            return errors.StartAgain(Errors.InvalidRequestUri);
        }

        var request = http.GetOpenIddictServerRequest();
        if (request?.ClientId is not { Length: > 0 } clientId)
        {
            return errors.Show(error, PageText.ErrorRequest, PageText.ErrorRequestAdvice);
        }

        // Found before in this request, which remembers it. A page fetches no document.
        var isUrl = StoreKeys.IsUrl(clientId);
        return await (isUrl ? clients.FindKnownAsync(clientId, cancellationToken) : clients.FindAsync(clientId, cancellationToken)) switch
        {
            null when !isUrl => errors.Show("client_unknown", PageText.ErrorClientUnknown, UnusableClient.Unknown),
            { } client when !client.MayBeAnsweredAt(request.RedirectUri) => errors.Show(
                "redirect_uri_unknown",
                PageText.ErrorRedirectUri,
                texts => UnusableClient.WithRedirectUri(client, texts)
            ),
            _ => errors.Show(error, PageText.ErrorRequest, PageText.ErrorRequestAdvice),
        };
    }
}
