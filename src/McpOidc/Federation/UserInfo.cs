using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace McpOidc.Federation;

/// <summary>Asks a provider's userinfo endpoint (OpenID Connect Core §5.3), which answers with JSON or with a signed JWT.</summary>
internal sealed class UserInfo(ProviderChannel channel, IdentityTokenValidator validator)
{
    /// <summary>What it says of a person.</summary>
    /// <param name="url">The endpoint.</param>
    /// <param name="accessToken">The person's.</param>
    /// <param name="subject">The <c>sub</c> of the id_token, which has to be that of the answer (§5.3.2).</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <exception cref="IdentityProviderException">It gave no usable answer.</exception>
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
            : throw new IdentityProviderException("The userinfo endpoint answered about another person: userinfo_sub.")
            {
                Error = "server_error",
                Cause = new IdentityProviderCause("userinfo_sub"),
                IsAboutAnother = true,
            };
    }

    private static IdentityProviderException Unusable(string what, string cause) =>
        new($"The userinfo endpoint gave no usable answer: {what}, {cause}.") { Cause = new IdentityProviderCause(cause) };
}
