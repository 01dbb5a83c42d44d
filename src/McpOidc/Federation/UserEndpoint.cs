using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Federation;

/// <summary>Identifies a user at a provider without OpenID Connect (<c>McpOidc:IdentityProvider:OAuth</c>).</summary>
internal sealed class UserEndpoint(ProviderChannel channel, IdentityProviderOptions options)
{
    // Errors about the token, in the words of Slack and of RFC 6750 §3.1; ProviderAnswer has the others.
    private static readonly string[] s_ended = ["invalid_grant", "invalid_token"];
    private static readonly string[] s_ours = ["missing_scope", "insufficient_scope", "invalid_client", "not_allowed_token_type"];

    /// <summary>The configured claims from its response; <c>sub</c> is always present, and the e-mail address is verified only if the
    /// provider says so.</summary>
    /// <exception cref="IdentityProviderException">It did not identify the user: <see cref="IdentityProviderFailure.Ended"/> if the token
    /// is no longer valid.</exception>
    public async Task<JsonObject> AskAsync(string accessToken, CancellationToken cancellationToken)
    {
        var method = options.OAuth.PostsToUserEndpoint ? HttpMethod.Post : HttpMethod.Get;
        var answer = await CallAsync(method, options.OAuth.UserEndpoint!, accessToken, cancellationToken);
        if (!answer.IsSuccess || answer.ReadObject() is not { } person || IsRefusal(person))
        {
            throw Refusal(answer);
        }

        var claims = Read(person);
        return claims.IdentifierOf("sub") is not null
            ? claims
            : throw ProviderBoundary.Refused("The user endpoint does not identify the user", "user_subject");
    }

    /// <summary>The claims of a sign-in, including those of the second endpoint.</summary>
    public async Task<(JsonObject Claims, IdentityProviderException? Problem)> AskAllAsync(
        string accessToken,
        CancellationToken cancellationToken
    )
    {
        var claims = await AskAsync(accessToken, cancellationToken);
        if (options.OAuth.EmailEndpoint is not { Length: > 0 } url)
        {
            return (claims, null);
        }

        try
        {
            var answer = await CallAsync(HttpMethod.Get, url, accessToken, cancellationToken);
            var said = answer.IsSuccess ? answer.ReadNode() : null;
            var added = said switch
            {
                JsonArray addresses => Choose(addresses),
                JsonObject more when !IsRefusal(more) => Read(more),
                _ => throw Refusal(answer),
            };
            foreach (var (name, value) in added)
            {
                claims.TryAdd(name, value?.DeepClone());
            }

            return (claims, null);
        }
        // The first endpoint has already identified the user.
        catch (IdentityProviderException exception)
        {
            return (claims, exception);
        }
    }

    private async Task<ProviderAnswer> CallAsync(HttpMethod method, string url, string accessToken, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        // GitHub answers 403 to a request without a User-Agent.
        request.Headers.UserAgent.ParseAdd("McpOidc");
        return await channel.SendAsync(request, cancellationToken);
    }

    // Slack reports errors with 200.
    private static bool IsRefusal(JsonObject answer) => answer["ok"] is JsonValue ok && ok.GetValueKind() == JsonValueKind.False;

    private JsonObject Read(JsonObject person)
    {
        var claims = new JsonObject();
        foreach (var (name, member) in options.OAuth.Claims)
        {
            // A list or an object as sub would be the same for everyone.
            if (
                AnswerMember.Evaluate(person, member) is { } value
                && (name != "sub" || value.GetValueKind() is JsonValueKind.String or JsonValueKind.Number)
            )
            {
                // Some user ids are numbers, and a number rounded by JSON would identify a different user.
                claims[name] = name == "sub" ? value.ToString() : value.DeepClone();
            }
        }

        foreach (var claim in options.CustomData.Values.Where(claim => !claims.ContainsKey(claim.Split('.')[0])))
        {
            var name = person.ContainsKey(claim) ? claim : claim.Split('.')[0];
            if (person[name] is { } value)
            {
                claims.TryAdd(name, value.DeepClone());
            }
        }

        return WithVerdict(claims, IsTrue(claims["email_verified"]));
    }

    // The primary address if it is verified; otherwise another verified one, in preference to one that the user may have just entered.
    private static JsonObject Choose(JsonArray addresses)
    {
        var best = addresses
            .OfType<JsonObject>()
            .Where(address => address.TextOf("email") is not null)
            .OrderByDescending(address => IsTrue(address["verified"]))
            .ThenByDescending(address => IsTrue(address["primary"]))
            .FirstOrDefault();
        return best is null ? [] : WithVerdict(new JsonObject { ["email"] = best.TextOf("email") }, IsTrue(best["verified"]));
    }

    private static JsonObject WithVerdict(JsonObject claims, bool isVerified)
    {
        claims.Remove("email_verified");
        if (claims.ContainsKey("email"))
        {
            claims["email_verified"] = isVerified;
        }

        return claims;
    }

    private static bool IsTrue(JsonNode? value) => value is JsonValue && value.ToString() is "true" or "True";

    private static IdentityProviderException Refusal(ProviderAnswer answer)
    {
        var name = answer.IsSuccess && answer.ReadObject() is null ? "user_unreadable" : $"user_http_{answer.Status}";
        var cause = answer.ToCause(answer.ToCause().Error ?? name);
        return new IdentityProviderException($"The user endpoint does not identify the user: {cause}.")
        {
            Error = "server_error",
            Failure = Judge(answer, cause.Error),
            Cause = cause,
            RetryAfter = answer.RetryAfter,
        };
    }

    private static IdentityProviderFailure Judge(ProviderAnswer answer, string? error) =>
        answer switch
        {
            { Status: 408 or 425 or 429 or >= 500 } => IdentityProviderFailure.Away,
            // GitHub's rate limit.
            { Status: 403, RetryAfter: not null } => IdentityProviderFailure.Away,
            { Status: 401 } => IdentityProviderFailure.Ended,
            _ when s_ended.Contains(error) => IdentityProviderFailure.Ended,
            _ when s_ours.Contains(error) => IdentityProviderFailure.Misconfigured,
            { IsSuccess: true } => IdentityProviderFailure.Away,
            _ => IdentityProviderFailure.Misconfigured,
        };
}
