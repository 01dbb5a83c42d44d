namespace McpOidc.Doctor.Walks;

/// <summary>How one MCP client finds its way to a sign-in, as far as it is known from running it or from public threads
/// (docs/doctor.md).</summary>
internal sealed record KnownClient(string Name)
{
    /// <summary>What it sends as <c>MCP-Protocol-Version</c>, with metadata requests too.</summary>
    public string ProtocolVersion { get; init; } = "2025-11-25";

    /// <summary>Whether its first request is a GET.</summary>
    public bool BeginsWithGet { get; init; }

    /// <summary>Whether it goes where <c>resource_metadata</c> of the challenge says.</summary>
    public bool ReadsChallenge { get; init; } = true;

    /// <summary>Where it looks for the metadata of the resource; <c>{origin}</c> and <c>{path}</c> are those of the MCP endpoint. Empty for
    /// a client that knows none.</summary>
    public string[] ResourceForms { get; init; } =
    ["{origin}/.well-known/oauth-protected-resource{path}", "{origin}/.well-known/oauth-protected-resource"];

    /// <summary>Where it looks for the metadata of the authorization server; <c>{origin}</c> and <c>{path}</c> are those of the
    /// issuer.</summary>
    public string[] ServerForms { get; init; } =
    [
        "{origin}/.well-known/oauth-authorization-server{path}",
        "{origin}/.well-known/openid-configuration{path}",
        "{origin}{path}/.well-known/openid-configuration",
    ];

    /// <summary>Where it looks when the resource has no metadata, with origin and path of the MCP endpoint.</summary>
    public string[] OldForms { get; init; } =
    ["{origin}/.well-known/oauth-authorization-server{path}", "{origin}/.well-known/oauth-authorization-server"];

    /// <summary>Whether it refuses a <c>resource</c> that what was typed does not begin with; <c>/mcp/</c> then does not fit
    /// <c>/mcp</c>.</summary>
    public bool ComparesResource { get; init; }

    /// <summary>Whether it refuses metadata whose <c>issuer</c> is not, character by character, what the resource named.</summary>
    public bool ComparesIssuer { get; init; }

    /// <summary>Whether it goes on at <c>/authorize</c>, <c>/token</c> and <c>/register</c> of the origin where there are no metadata at
    /// all.</summary>
    public bool GoesOnWithoutMetadata { get; init; }

    /// <summary>Whether it refuses metadata that do not mention PKCE.</summary>
    public bool WantsPkceNamed { get; init; }

    /// <summary>Whether it compares <c>iss</c> of the answer, where the metadata announce it.</summary>
    public bool ReadsIss { get; init; }

    /// <summary>Its metadata document; <see langword="null"/> where it is not known to have one.</summary>
    public string? Document { get; init; }

    /// <summary>How it authenticates once registered.</summary>
    public string Authentication { get; init; } = "none";

    /// <summary>The origin of a client that runs in a browser.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether its requests come from the internet.</summary>
    public bool IsHosted { get; init; }
}
