using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>Calls a provider's userinfo endpoint (OpenID Connect Core §5.3), which returns JSON or a signed JWT.</summary>
internal sealed class UserInfo(ProviderChannel channel, IdentityTokenValidator validator)
{
    /// <summary>The user's claims.</summary>
    /// <param name="url">The endpoint.</param>
    /// <param name="accessToken">The user's access token.</param>
    /// <param name="subject">The <c>sub</c> of the id_token, which the response must match (§5.3.2).</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="IdentityProviderException">The response was unusable.</exception>
    public async Task<JsonObject> AskAsync(string url, string accessToken, string subject, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var answer = await channel.SendAsync(request, cancellationToken);
        var claims = !answer.IsSuccess
            ? null
            : answer.ReadObject() ?? await validator.ReadUserInfoAsync(Encoding.UTF8.GetString(answer.Body.Span).Trim(), cancellationToken);
        if (claims is null)
        {
            throw Unusable($"HTTP {answer.Status}", answer.IsSuccess ? "userinfo_unreadable" : $"userinfo_http_{answer.Status}");
        }

        return claims.IdentifierOf("sub") == subject
            ? claims
            : throw new IdentityProviderException("The userinfo endpoint returned a different user: userinfo_sub.")
            {
                Error = "server_error",
                Cause = new IdentityProviderCause("userinfo_sub"),
                IsAboutAnother = true,
            };
    }

    private static IdentityProviderException Unusable(string what, string cause) =>
        new($"The userinfo endpoint's response is unusable: {what}, {cause}.") { Cause = new IdentityProviderCause(cause) };
}
