using System.Globalization;
using McpOidc.Keys;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn;

/// <summary>
/// How lately a person has to have proven who they are, as a client asks for it (OpenID Connect Core §3.1.2.1): the provider is told, and
/// what it says of the time is held against it.
/// </summary>
/// <param name="IsNew"><c>prompt=login</c>: by this very request.</param>
/// <param name="MaximumAge"><c>max_age</c>.</param>
internal sealed record AskedSignIn(bool IsNew, TimeSpan? MaximumAge)
{
    /// <summary>What a request asks for that was found to be well formed.</summary>
    public static AskedSignIn Of(OpenIddictRequest request) =>
        new(
            request.HasPromptValue(PromptValues.Login),
            int.TryParse(TextOf(request), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : null
        );

    public static AskedSignIn Of(Interaction interaction) => Of(new OpenIddictRequest(QueryHelpers.ParseQuery(interaction.Query)));

    /// <summary>Whether <c>max_age</c> is something else than a number of seconds. One without a value is none (RFC 6749 §3.1).</summary>
    public static bool IsMalformed(OpenIddictRequest request) =>
        TextOf(request) is { } text && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether a sign-in of before is not enough.</summary>
    /// <param name="authenticatedAt">When the person proved who they are; <see langword="null"/> where nobody knows.</param>
    /// <param name="now">The present.</param>
    public bool NeedsAnother(DateTimeOffset? authenticatedAt, DateTimeOffset now) =>
        IsNew || (MaximumAge is { } age && !(now - authenticatedAt <= age));

    /// <summary>What to tell the provider.</summary>
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

    /// <summary>Why the sign-in that the provider answers with is not the one that was asked for.</summary>
    /// <param name="authenticatedAt">When it took place, where the provider says so.</param>
    /// <param name="sentAt">When the browser was sent there: what takes long after that is no fault of the person.</param>
    public (string Error, string Description)? FindProblem(DateTimeOffset? authenticatedAt, DateTimeOffset? sentAt)
    {
        if (authenticatedAt is not { } at)
        {
            // The person has come back from the provider just now, and more cannot be known.
            return MaximumAge is null
                ? null
                : (
                    Errors.InvalidRequest,
                    "The max_age parameter cannot be honoured: the identity provider does not say when the person signed in."
                );
        }

        var allowed = IsNew ? TimeSpan.Zero : MaximumAge;
        return sentAt - at > allowed + JwtTimes.Skew
            ? (Errors.LoginRequired, "The identity provider answered with a sign-in that is older than was asked for.")
            : null;
    }

    private static string? TextOf(OpenIddictRequest request) =>
        request[Parameters.MaxAge]?.ToString() is { Length: > 0 } text ? text : null;
}
