using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Interprets a response from one of our URLs that does not come from our server.</summary>
internal static class OwnSite
{
    private static readonly string s_hosts = Finding.Setting("McpOidc:AllowedHosts:0");

    /// <summary>The remedy for such a response.</summary>
    public static string RemedyFor(ProbeAnswer answer) =>
        answer switch
        {
            { Failure: not null } =>
                "Start the server, and check that DNS, port, certificate and firewall let clients reach it there. A machine inside the "
                    + "network may be unable to reach the public address: then run the doctor outside.",
            { Status: 421 } => $"Configure the proxy to pass on the client's Host header. Add any other name of the server to {s_hosts}.",
            { Status: 404 or 405 } =>
                "Configure the proxy to route this path to the server unchanged: everything below /.well-known/ and below " + "the issuer.",
            { Status: 401 or 403 } => "Configure the proxy or firewall to allow this path without authentication.",
            { Status: 429 } => "Wait a minute: the doctor itself hit a rate limit.",
            { Status: >= 500 } =>
                "Check the server's log, and 'store': a proxy answers like this if the server is down, and the server if the store "
                    + "is.",
            { IsRedirect: true } => "Remove the redirect: many clients do not follow redirects.",
            _ => "Find out what answers there instead of the server.",
        };

    /// <summary>All URLs where clients look for the metadata, starting with those that every client needs.</summary>
    public static (string Url, bool IsOptional)[] MetadataForms(Issuer issuer, IEnumerable<ResourceOptions> resources)
    {
        string[] wellKnown = [EndpointPaths.AuthorizationServerMetadata, EndpointPaths.OpenIdConfiguration];
        var own =
            issuer.Path.Length == 0
                ? wellKnown.Select(form => issuer.Origin + form)
                : wellKnown.SelectMany(form => new[] { issuer.Origin + form + issuer.Path, issuer.Value + form });
        // OpenIddictServerSetup: clients of 2025-03-26 start with the path of the MCP endpoint.
        var paths = resources
            .Where(resource =>
                CanonicalResource.From(resource.Uri) is not null
                && resource.Uri.StartsWith(issuer.Origin + "/", StringComparison.OrdinalIgnoreCase)
            )
            .Select(resource => new Uri(resource.Uri).AbsolutePath.TrimEnd('/'))
            .Where(path => path.Length > 0);
        var further = paths.SelectMany(path =>
            wellKnown.SelectMany(form => new[] { issuer.Origin + form + path, issuer.Origin + path + form })
        );
        return [.. own.Select(url => (url, false)), .. further.Except(own).Distinct().Select(url => (url, true))];
    }
}
