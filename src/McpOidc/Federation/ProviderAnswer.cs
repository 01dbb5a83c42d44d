using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Federation;

/// <summary>A response of an identity provider. Its text is read as UTF-8, whatever charset it declares: some declare
/// <c>utf8</c>.</summary>
internal sealed partial record ProviderAnswer(int Status, ReadOnlyMemory<byte> Body)
{
    // A duplicate claim is ambiguous (RFC 8725 §2.4, RFC 8259 §4).
    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    // Error codes of providers from before RFC 6749 §5.2, or outside it.
    private static readonly Dictionary<string, string> s_dialects = new(StringComparer.Ordinal)
    {
        // https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
        ["bad_verification_code"] = "invalid_grant",
        ["bad_refresh_token"] = "invalid_grant",
        ["incorrect_client_credentials"] = "invalid_client",
        // https://docs.slack.dev/reference/methods/oauth.v2.access
        ["invalid_code"] = "invalid_grant",
        ["code_already_used"] = "invalid_grant",
        ["invalid_refresh_token"] = "invalid_grant",
        ["token_revoked"] = "invalid_grant",
        ["token_expired"] = "invalid_grant",
        ["account_inactive"] = "invalid_grant",
        ["invalid_auth"] = "invalid_grant",
        ["bad_client_secret"] = "invalid_client",
        ["invalid_client_id"] = "invalid_client",
        ["bad_redirect_uri"] = "redirect_uri_mismatch",
        // https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm
        ["inactive_user"] = "invalid_grant",
        ["inactive_org"] = "invalid_grant",
    };

    public string? MediaType { get; init; }

    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where a redirect leads; <see langword="null"/> for any other response.</summary>
    public Uri? Location { get; init; }

    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>The body if it is a JSON object, whatever type it declares, or a form without duplicate members;
    /// <see langword="null"/> for anything else.</summary>
    public JsonObject? ReadObject() =>
        Parse(Body.Span) ?? ("application/x-www-form-urlencoded".Equals(MediaType, StringComparison.OrdinalIgnoreCase) ? ReadForm() : null);

    /// <summary>The body as any JSON; <see langword="null"/> if it is not JSON.</summary>
    public JsonNode? ReadNode() => ParseNode(Body.Span);

    /// <summary>Parses a JSON object without a byte order mark; <see langword="null"/> if it is not one.</summary>
    public static JsonObject? Parse(ReadOnlySpan<byte> text) => ParseNode(text) as JsonObject;

    private static JsonNode? ParseNode(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
        try
        {
            var node = JsonNode.Parse(text.StartsWith(mark) ? text[mark.Length..] : text, documentOptions: s_strict);
            DropUnreadable(node);
            return node;
        }
        // InvalidOperationException: a member's name is not Unicode.
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // Text that is not Unicode (half an emoji, Latin-1) can be neither compared nor stored: its member counts as missing. Replaced
    // characters would make two people the same.
    private static void DropUnreadable(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var (name, _) in members.Where(member => !IsReadable(member.Value)).ToList())
                {
                    members.Remove(name);
                }

                foreach (var (_, value) in members)
                {
                    DropUnreadable(value);
                }

                break;
            case JsonArray items:
                items.RemoveAll(item => !IsReadable(item));
                foreach (var item in items)
                {
                    DropUnreadable(item);
                }

                break;
        }
    }

    private static bool IsReadable(JsonNode? node)
    {
        try
        {
            return node is not JsonValue value || value.GetValueKind() != JsonValueKind.String || value.GetValue<string>() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The cause of a rejection: status, OAuth error and the provider's own code, each if present.</summary>
    public IdentityProviderCause ToCause(string? name = null)
    {
        var answer = ReadObject();
        return CauseOf(answer.TextOf("error"), answer.TextOf("error_description"), name, Status);
    }

    /// <summary>The cause of an error by itself: only codes and recognized names, never free text.</summary>
    public static IdentityProviderCause CauseOf(string? error, string? description, string? name = null, int? status = null)
    {
        var code = CodeOf(error);
        return new IdentityProviderCause(
            name ?? NameOf(code, description ?? "") ?? code ?? (status is null ? "no_error_code" : $"http_{status}")
        )
        {
            Status = status,
            Error = code is null ? null : s_dialects.GetValueOrDefault(code, code),
            VendorCode = VendorCode().Match(description ?? "") is { Success: true } match ? match.Value : null,
        };
    }

    // Token responses from before RFC 6749, which GitHub still returns by default.
    private JsonObject? ReadForm()
    {
        var form = QueryHelpers.ParseQuery(Encoding.UTF8.GetString(Body.Span));
        return form.Values.All(values => values.Count == 1)
            ? new JsonObject(form.Select(field => KeyValuePair.Create<string, JsonNode?>(field.Key, field.Value.ToString())))
            : null;
    }

    /// <summary>The OAuth error in lower case. Words without an underscore come from firewalls and frameworks: <c>Forbidden</c>, <c>Not
    /// Found</c>.</summary>
    public static string? CodeOf(string? error) =>
        error?.Trim().ToLowerInvariant() is { Length: <= 64 } code && OAuthError().IsMatch(code) ? code : null;

    // invalid_request is unspecific; providers describe what is missing (Keycloak: "Pushed Authorization Request is only allowed.").
    private static string? NameOf(string? code, string description) =>
        code != "invalid_request" ? null
        : description.Contains("pushed auth", StringComparison.OrdinalIgnoreCase) ? "pushed_request_required"
        : PkceWords().IsMatch(description) ? "pkce"
        : null;

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)+$")]
    private static partial Regex OAuthError();

    [GeneratedRegex("PKCE|code[_ ](challenge|verifier)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex PkceWords();

    [GeneratedRegex("AADSTS[0-9]{1,10}")]
    private static partial Regex VendorCode();
}

/// <summary>Reads members of a provider's response, whatever their type.</summary>
internal static class ProviderJson
{
    /// <summary>A member that is a non-empty string.</summary>
    public static string? TextOf(this JsonObject? json, string member) =>
        json?[member] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;

    /// <summary>Adds claims that are missing or null. Whether an address is verified is said of that address only.</summary>
    public static void AddMissing(this JsonObject claims, JsonObject more)
    {
        var isOtherAddress =
            claims.TextOf("email") is { } known
            && more.TextOf("email") is { } other
            && !known.Equals(other, StringComparison.OrdinalIgnoreCase);
        foreach (var (name, value) in more)
        {
            if (claims[name] is null && !(isOtherAddress && name == "email_verified"))
            {
                claims[name] = value?.DeepClone();
            }
        }
    }

    /// <summary>The same, or a whole number as text: some providers have numeric user ids.</summary>
    public static string? IdentifierOf(this JsonObject? json, string member) =>
        json.TextOf(member)
        ?? (
            json?[member] is JsonValue value
            && value.GetValueKind() == JsonValueKind.Number
            && value.ToJsonString() is var number
            && number.All(char.IsAsciiDigit)
                ? number
                : null
        );
}
