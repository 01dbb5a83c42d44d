using System.Globalization;
using System.Text.Json.Nodes;
using McpOidc.Federation;

namespace McpOidc.SignIn.Application;

/// <summary>How lately a person has to have signed in at the application, as it is kept while the browser is there.</summary>
/// <param name="IsNew">Whether only a sign-in counts that came after the request.</param>
/// <param name="MaximumAge">How old a sign-in may be.</param>
/// <param name="AskedAt">When the browser was sent.</param>
/// <param name="Parameters">What the application is told: <c>prompt</c>, <c>max_age</c>, <c>acr_values</c>, <c>login_hint</c>.</param>
internal sealed record AskedOfApplication(
    bool IsNew,
    TimeSpan? MaximumAge,
    DateTimeOffset AskedAt,
    IReadOnlyDictionary<string, string> Parameters
)
{
    public static AskedOfApplication Of(IdentityProviderChallengeRequest request, DateTimeOffset now) => Of(request.Parameters, now);

    public static AskedOfApplication Read(JsonObject state) =>
        Of(
            (state["parameters"] as JsonObject ?? []).ToDictionary(member => member.Key, member => member.Value?.ToString() ?? ""),
            DateTimeOffset.FromUnixTimeMilliseconds(state["asked_at"]?.GetValue<long>() ?? 0)
        );

    public JsonObject Write() =>
        new()
        {
            ["asked_at"] = AskedAt.ToUnixTimeMilliseconds(),
            ["parameters"] = new JsonObject(
                Parameters.Select(parameter => KeyValuePair.Create(parameter.Key, (JsonNode?)JsonValue.Create(parameter.Value)))
            ),
        };

    /// <summary>Whether a sign-in is the one that was asked for. Of one whose time is not known that cannot be said.</summary>
    public bool IsMetBy(DateTimeOffset? signedInAt) =>
        (!IsNew || signedInAt >= AskedAt) && (MaximumAge is not { } age || AskedAt - signedInAt <= age);

    private static AskedOfApplication Of(IReadOnlyDictionary<string, string> parameters, DateTimeOffset askedAt) =>
        new(
            parameters.GetValueOrDefault("prompt") is "login" or "select_account",
            int.TryParse(parameters.GetValueOrDefault("max_age"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                ? TimeSpan.FromSeconds(seconds)
                : null,
            askedAt,
            parameters
        );
}
