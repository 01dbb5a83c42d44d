using System.ComponentModel.DataAnnotations;

namespace GitHubSignIn;

/// <summary>The OAuth App or GitHub App at GitHub: section <c>GitHub</c>.</summary>
public sealed class GitHubOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "GitHub";

    /// <summary>The client id. Required.</summary>
    [Required]
    public string ClientId { get; set; } = "";

    /// <summary>The client secret. Required.</summary>
    [Required]
    public string ClientSecret { get; set; } = "";

    /// <summary>The scopes, space-separated. A GitHub App has none: its permissions are set at GitHub. Default: <c>read:user
    /// user:email</c>.</summary>
    public string Scopes { get; set; } = "read:user user:email";

    /// <summary>Where people sign in. Another for GitHub Enterprise. Default: <c>https://github.com</c>.</summary>
    [Required]
    public Uri Site { get; set; } = new("https://github.com");

    /// <summary>The REST API; for GitHub Enterprise Server <c>https://{host}/api/v3</c>. Default: <c>https://api.github.com</c>.</summary>
    [Required]
    public Uri Api { get; set; } = new("https://api.github.com");
}
