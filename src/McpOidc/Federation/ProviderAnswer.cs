using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpOidc.Federation;

/// <summary>What an identity provider answered. Its text is read as UTF-8, whatever it calls itself: some say <c>utf8</c>.</summary>
internal sealed partial record ProviderAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    // A claim that is there twice is two claims, and nobody knows which one counts (RFC 8725 §2.4, RFC 8259 §4).
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    public string? MediaType { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body where it is a JSON object; <see langword="null"/> for anything else.</summary>
    public JsonObject? ReadObject() => Parse(Body.Span);

    /// <summary>A JSON object without a byte order mark; <see langword="null"/> for what is none.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        try
        {
            return JsonNode.Parse(text.StartsWith(mark) ? text[mark.Length..] : text, documentOptions: s_strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The cause of a refusal: status, OAuth error and the provider's own code, each where it is one.</summary>
    public IdentityProviderCause ToCause(string? name = null)
    {
        var answer = ReadObject();
        var error = CodeOf(answer);
        return new IdentityProviderCause(name ?? error ?? $"http_{Status}")
        {
            Status = Status,
            Error = error,
            VendorCode = VendorCode().Match(answer.TextOf("error_description") ?? "") is { Success: true } match ? match.Value : null,
        };
    }

    /// <summary>The OAuth error in lower case. Words without an underscore are those of firewalls and frameworks: <c>Forbidden</c>, <c>Not
    /// Found</c>.</summary>
    private static string? CodeOf(JsonObject? answer) =>
        answer.TextOf("error")?.Trim().ToLowerInvariant() is { Length: <= 64 } error && OAuthError().IsMatch(error) ? error : null;

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)+$")]
    private static partial Regex OAuthError();

    [GeneratedRegex("AADSTS[0-9]{1,10}")]
    private static partial Regex VendorCode();
}

/// <summary>Reads members of what a provider sent, of whatever type they are.</summary>
internal static class ProviderJson
{
    /// <summary>A member that is a text and not empty.</summary>
    public static string? TextOf(this JsonObject? json, string member) =>
        json?[member] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
