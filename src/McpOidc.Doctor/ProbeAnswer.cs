using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Federation;

namespace McpOidc.Doctor;

/// <summary>A response.</summary>
/// <param name="Url">The requested URL.</param>
/// <param name="Status">The HTTP status; 0 without a response.</param>
/// <param name="Body">As text, up to the maximum size for providers.</param>
/// <param name="Elapsed">How long it took.</param>
internal sealed record ProbeAnswer(string Url, int Status, string Body, TimeSpan Elapsed)
{
    private static readonly ILookup<string, string> s_none = Array.Empty<string>().ToLookup(name => name);

    public ILookup<string, string> Headers { get; init; } = s_none;

    /// <summary>How far the sender's clock is ahead of this machine's, by its <c>Date</c>.</summary>
    public TimeSpan? Ahead { get; init; }

    /// <summary>Why there is no response, as a predicate whose subject is the URL; <see langword="null"/> if there is one.</summary>
    public string? Failure { get; private init; }

    public bool TookTooLong { get; private init; }

    public bool IsOk => Status is >= 200 and < 300;

    public bool IsRedirect => Status is 301 or 302 or 303 or 307 or 308;

    /// <summary>The body as a JSON object, or <see langword="null"/>.</summary>
    public JsonObject? Json { get; } = ProviderAnswer.Parse(Encoding.UTF8.GetBytes(Body));

    /// <summary>The result, as a predicate whose subject is the URL.</summary>
    public string Does =>
        Failure
        ?? (
            IsRedirect ? $"redirects ({Status}) to {WithoutQuery(Location)}"
            : IsOk && Json is null ? $"answers {Status} with something that is not a JSON object"
            : $"answers {Status}"
        );

    public string? Header(string name) => Headers[name].FirstOrDefault();

    /// <summary>The absolute target of a redirect.</summary>
    public string? Location =>
        Header("Location") is { } target && Uri.TryCreate(new Uri(Url), target, out var absolute) ? absolute.AbsoluteUri : null;

    /// <summary>A member that is a string.</summary>
    public string? Text(string member) => Json?[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>An error code that is safe to show; untrusted text is not.</summary>
    public string? Error => Cause.Error;

    /// <summary>An identity provider's error, as the server names it in its log.</summary>
    public IdentityProviderCause Cause => ProviderAnswer.CauseOf(Text("error"), Text("error_description"), status: Status);

    public static string? OAuthCode(string? value) =>
        value is { Length: > 0 and <= 64 } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-') ? value : null;

    public static ProbeAnswer None(string url, string failure, TimeSpan elapsed, bool tookTooLong) =>
        new(url, 0, "", elapsed) { Failure = failure, TookTooLong = tookTooLong };

    public static string WithoutQuery(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.GetLeftPart(UriPartial.Path) : "nowhere";
}
