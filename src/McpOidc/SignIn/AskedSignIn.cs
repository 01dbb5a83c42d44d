using System.Globalization;
using McpOidc.Keys;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn;

/// <summary>
/// The requested freshness of the user's authentication (OpenID Connect Core §3.1.2.1): it is passed on to the provider, and the
/// provider's reported time is checked against it.
/// </summary>
/// <param name="IsNew"><c>prompt=login</c>: authenticated for this request.</param>
/// <param name="MaximumAge"><c>max_age</c>.</param>
internal sealed record AskedSignIn(bool IsNew, TimeSpan? MaximumAge)
{
    /// <summary>The freshness requested by a well-formed request.</summary>
    public static AskedSignIn Of(OpenIddictRequest request) =>
        new(
            request.HasPromptValue(PromptValues.Login),
            int.TryParse(TextOf(request), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : null
        );

    public static AskedSignIn Of(Interaction interaction) => Of(new OpenIddictRequest(QueryHelpers.ParseQuery(interaction.Query)));

    /// <summary>Whether <c>max_age</c> is not a number of seconds. One without a value counts as absent (RFC 6749 §3.1).</summary>
    public static bool IsMalformed(OpenIddictRequest request) =>
        TextOf(request) is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether an earlier sign-in is not enough.</summary>
    /// <param name="authenticatedAt">When the user authenticated; <see langword="null"/> if unknown.</param>
    /// <param name="now">The current time.</param>
    public bool NeedsAnother(DateTimeOffset? authenticatedAt, DateTimeOffset now) =>
        IsNew || (MaximumAge is { } age && !(now - authenticatedAt <= age));

    /// <summary>The parameters for the provider.</summary>
    public IEnumerable<KeyValuePair<string, string>> ForProvider()
    {
        if (IsNew)
        {
            yield return new(Parameters.Prompt, PromptValues.Login);
        }

        if (MaximumAge is { } age)
        {
            yield return new(Parameters.MaxAge, ((int)age.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Why the provider's sign-in does not meet the request.</summary>
    /// <param name="authenticatedAt">When it took place, if the provider says so.</param>
    /// <param name="sentAt">When the browser was sent there: later delays are not the user's fault.</param>
    public (string Error, string Description)? FindProblem(DateTimeOffset? authenticatedAt, DateTimeOffset? sentAt)
    {
        if (authenticatedAt is not { } at)
        {
            // The user has just returned from the provider, and no more is known.
            return MaximumAge is null
                ? null
                : (
                    Errors.InvalidRequest,
                    "The max_age parameter cannot be honoured: the identity provider does not report when the user signed in."
                );
        }

        var allowed = IsNew ? TimeSpan.Zero : MaximumAge;
        return sentAt - at > allowed + JwtTimes.Skew
            ? (Errors.LoginRequired, "The identity provider returned a sign-in that is older than requested.")
            : null;
    }

    private static string? TextOf(OpenIddictRequest request) =>
        request[Parameters.MaxAge]?.ToString() is { Length: > 0 } text ? text : null;
}
