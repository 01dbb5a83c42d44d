using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>What it means when something of ours answers in another way than we do.</summary>
internal static class OwnSite
{
    private static readonly string s_hosts = Finding.Setting("McpOidc:AllowedHosts:0");

    /// <summary>The remedy for an answer that is not ours.</summary>
    public static string MendOf(ProbeAnswer answer) =>
        answer switch
        {
            { Failure: not null } =>
                "Start the server, and see that name, port, certificate and firewall let clients reach it there. A machine inside may "
                    + "have no way to its public address: then run the doctor outside.",
            { Status: 421 } =>
                $"Let the proxy pass on the Host header of the client; a name that the server shall answer to as well goes into {s_hosts}.",
            { Status: 404 or 405 } =>
                "Let the proxy route this path to the server, and without taking anything off it: all of /.well-known/ and all below "
                    + "the issuer.",
            { Status: 401 or 403 } => "Let the proxy or firewall pass this path without asking anybody to sign in.",
            { Status: 429 } => "Wait a minute: the doctor itself met a rate limit.",
            { Status: >= 500 } =>
                "Look at the log of the server, and at 'store': a proxy answers so for a server that is down, the server for a store "
                    + "that is.",
            { IsRedirect: true } => "Remove the redirect: many clients do not follow it.",
            _ => "See what answers there in place of the server.",
        };

    /// <summary>Every place where clients look for the metadata, those first that all need.</summary>
    public static (string Url, bool IsOptional)[] MetadataForms(Issuer issuer, IEnumerable<ResourceOptions> resources)
    {
        string[] wellKnown = [EndpointPaths.AuthorizationServerMetadata, EndpointPaths.OpenIdConfiguration];
        var own =
            issuer.Path.Length == 0
                ? wellKnown.Select(form => issuer.Origin + form)
                : wellKnown.SelectMany(form => new[] { issuer.Origin + form + issuer.Path, issuer.Value + form });
        // OpenIddictServerSetup: clients of 2025-03-26 begin with the path of the MCP endpoint.
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
