using McpOidc.Hosting;
using Microsoft.Extensions.Options;

namespace McpOidc.Configuration;

/// <summary>
/// The issuer: the same string everywhere, byte for byte, without a trailing slash. Clients compare the <c>iss</c> of an authorization
/// response, the metadata and <c>authorization_servers</c> as plain strings (RFC 9207 §2.4, RFC 8414 §3.3).
/// </summary>
internal sealed class Issuer
{
    public Issuer(IOptions<McpOidcOptions> options)
        : this(
            options.Value.Issuer
                ?? throw new StartException(
                    SettingProblem.Describe("McpOidc:Issuer", "is missing", "Set it to the public URL of this authorization server.")
                )
        ) { }

    internal Issuer(string value)
    {
        Value = Canonical(value);
        Uri = new Uri(Value, UriKind.Absolute);
        Path = Uri.AbsolutePath == "/" ? "" : Uri.AbsolutePath;
        Origin = Uri.GetLeftPart(UriPartial.Authority);
    }

    public string Value { get; }
    public Uri Uri { get; }

    /// <summary>The path, without a trailing slash; empty for an issuer without a path.</summary>
    public string Path { get; }
    public string Origin { get; }
    public bool IsSecure => Uri.Scheme == Uri.UriSchemeHttps;

    /// <summary>Returns the absolute URL of an endpoint.</summary>
    /// <param name="path">Begins with a slash.</param>
    public string Endpoint(string path) => Value + path;

    public static string Canonical(string value) => value.TrimEnd('/');
}
