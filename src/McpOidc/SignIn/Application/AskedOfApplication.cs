using System.Globalization;
using System.Text.Json.Nodes;
using McpOidc.Federation;

namespace McpOidc.SignIn.Application;

/// <summary>How recent a sign-in at the application must be. Stored while the browser is at the application.</summary>
/// <param name="IsNew">Whether only a sign-in after the request counts.</param>
/// <param name="MaximumAge">The maximum age of the sign-in.</param>
/// <param name="AskedAt">When the browser was sent to the application.</param>
/// <param name="Parameters">Parameters for the application: <c>prompt</c>, <c>max_age</c>, <c>acr_values</c>, <c>login_hint</c>.</param>
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

    /// <summary>Whether a sign-in is recent enough. A sign-in at an unknown time is not.</summary>
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
