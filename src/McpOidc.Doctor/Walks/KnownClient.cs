namespace McpOidc.Doctor.Walks;

/// <summary>How one MCP client finds its sign-in, as known from running it or from public threads (docs/doctor-clients.md).</summary>
internal sealed record KnownClient(string Name)
{
    /// <summary>The <c>MCP-Protocol-Version</c> that it sends, also with metadata requests.</summary>
    public string ProtocolVersion { get; init; } = "2025-11-25";

    /// <summary>Whether its first request is a GET.</summary>
    public bool BeginsWithGet { get; init; }

    /// <summary>Whether it follows <c>resource_metadata</c> of the challenge.</summary>
    public bool ReadsChallenge { get; init; } = true;

    /// <summary>Where it looks for the resource metadata; <c>{origin}</c> and <c>{path}</c> are those of the MCP endpoint. Empty for a
    /// client that does not support them.</summary>
    public string[] ResourceForms { get; init; } =
    ["{origin}/.well-known/oauth-protected-resource{path}", "{origin}/.well-known/oauth-protected-resource"];

    /// <summary>Where it looks for the authorization server metadata; <c>{origin}</c> and <c>{path}</c> are those of the issuer.</summary>
    public string[] ServerForms { get; init; } =
    [
        "{origin}/.well-known/oauth-authorization-server{path}",
        "{origin}/.well-known/openid-configuration{path}",
        "{origin}{path}/.well-known/openid-configuration",
    ];

    /// <summary>Where it looks if the resource has no metadata, with origin and path of the MCP endpoint.</summary>
    public string[] OldForms { get; init; } =
    ["{origin}/.well-known/oauth-authorization-server{path}", "{origin}/.well-known/oauth-authorization-server"];

    /// <summary>Whether it rejects a <c>resource</c> that is not a prefix of the entered URL; <c>/mcp/</c> then does not match
    /// <c>/mcp</c>.</summary>
    public bool ComparesResource { get; init; }

    /// <summary>Whether it rejects metadata whose <c>issuer</c> is not exactly the one named by the resource.</summary>
    public bool ComparesIssuer { get; init; }

    /// <summary>Whether it continues at <c>/authorize</c>, <c>/token</c> and <c>/register</c> of the origin if there are no
    /// metadata.</summary>
    public bool GoesOnWithoutMetadata { get; init; }

    /// <summary>Whether it rejects metadata that do not mention PKCE.</summary>
    public bool WantsPkceNamed { get; init; }

    /// <summary>Whether it checks <c>iss</c> of the authorization response, if the metadata announce it.</summary>
    public bool ReadsIss { get; init; }

    /// <summary>Its metadata document; <see langword="null"/> if none is known.</summary>
    public string? Document { get; init; }

    /// <summary>How it authenticates once registered.</summary>
    public string Authentication { get; init; } = "none";

    /// <summary>The origin of a client that runs in a browser.</summary>
    public string? Origin { get; init; }

    /// <summary>Whether its requests come from the Internet.</summary>
    public bool IsHosted { get; init; }
}
