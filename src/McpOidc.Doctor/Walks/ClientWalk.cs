using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Doctor.Walks;

/// <summary>
/// Simulates one client: first request, resource metadata, authorization server metadata, registration. Nothing is registered and no user
/// signs in.
/// </summary>
internal sealed class ClientWalk(KnownClient client, SiteUnderWalk site)
{
    private readonly Finding _finding = new(client.Name);
    private readonly List<string> _trail = [];
    private readonly List<string> _notes = [];

    public async Task<DoctorFinding> RunAsync(CancellationToken cancellationToken)
    {
        var call = await site.CallAsync(client, cancellationToken);
        Note(client.BeginsWithGet ? "GET" : "POST", call);
        if (StopAtCall(call) is { } stopped)
        {
            return stopped;
        }

        var (issuer, refusal) = await FindServerAsync(call, cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        var metadata = await FindMetadataAsync(issuer, cancellationToken);
        return metadata is null ? await WithoutMetadataAsync(issuer ?? site.Origin, cancellationToken) : Judge(metadata, issuer);
    }

    private DoctorFinding? StopAtCall(ProbeAnswer call) =>
        call switch
        {
            { Failure: not null } => Stop(call.Does, OwnSite.RemedyFor(call)),
            { Status: 401 } => null,
            { IsOk: true } => _finding.Warning(
                $"Requires no sign-in: {Trail}.",
                "If the server should be protected, protect its endpoint: app.MapMcp(…).RequireMcpOidc()."
            ),
            { Status: 403 } when client.Origin is not null => Stop(
                $"its origin {client.Origin} is rejected",
                $"Add it to {Finding.Setting("McpOidc:AllowedOrigins:0")} of the MCP server."
            ),
            // A server without GET answers so before authentication.
            { Status: 405 } when client.BeginsWithGet => null,
            { Status: 404 or 405 } => Stop(
                $"the MCP endpoint answers {call.Status}",
                "Enter the URL of the MCP endpoint itself, with its path."
            ),
            _ => Stop($"the MCP endpoint {call.Does}, but 401 is expected", OwnSite.RemedyFor(call)),
        };

    /// <summary>The issuer named by the resource; none if it has no metadata, which leaves the method of 2025-03-26.</summary>
    private async Task<(string? Issuer, DoctorFinding? Refusal)> FindServerAsync(ProbeAnswer call, CancellationToken cancellationToken)
    {
        var told = client.ReadsChallenge ? Challenges.MetadataUrlIn(call.Header("WWW-Authenticate")) : null;
        string[] forms = told is null ? [.. client.ResourceForms.Select(form => Fill(form, site.Origin, site.Path)).Distinct()] : [told];
        if (await FirstAsync(forms, cancellationToken) is not { } found)
        {
            if (client.ResourceForms.Length > 0)
            {
                _notes.Add("finds no resource metadata (RFC 9728) and falls back to 2025-03-26");
            }

            return (null, null);
        }

        if (Blocked(found, await PreflightAsync(found.Url, cancellationToken)) is { } blocked)
        {
            return (null, blocked);
        }

        if (client.ComparesResource && !Challenges.Fits(site.Resource, found.Text("resource")))
        {
            return (
                null,
                Stop(
                    $"the metadata name the resource '{found.Text("resource")}', which does not match '{site.Resource}'",
                    $"Set {Finding.Setting("McpOidc:ResourceServer:Resource")} of the MCP server to the URL that users enter, without a "
                        + $"trailing slash."
                )
            );
        }

        return
            IdentityProviderDiscoveryCheck.Strings(found.Json!, "authorization_servers") is [{ Length: > 0 } issuer, ..]
            && UrlRules.TryRead(issuer, out _)
            ? (issuer, null)
            : (
                null,
                Stop(
                    "the resource metadata name no authorization server",
                    $"Set {Finding.Setting("McpOidc:Authority")} of the MCP server to the issuer."
                )
            );
    }

    private async Task<ProbeAnswer?> FindMetadataAsync(string? issuer, CancellationToken cancellationToken)
    {
        var at = issuer is null ? null : new Uri(issuer);
        return await FirstAsync(
            at is null
                ? client.OldForms.Select(form => Fill(form, site.Origin, site.Path))
                : client.ServerForms.Select(form => Fill(form, at.GetLeftPart(UriPartial.Authority), at.AbsolutePath.TrimEnd('/'))),
            cancellationToken
        );
    }

    private async Task<DoctorFinding> WithoutMetadataAsync(string issuer, CancellationToken cancellationToken)
    {
        const string Missing = "it finds no authorization server metadata (RFC 8414)";
        var remedy =
            "Configure the proxy to route /.well-known/ to the authorization server. On a standalone MCP server, "
            + "McpOidc:ResourceServer:ProxyAuthorizationServer must also be true. Clients of 2025-03-26 look only at the root of the MCP "
            + "host, which cannot have an issuer with a path.";
        if (!client.GoesOnWithoutMetadata)
        {
            return Stop(Missing, remedy);
        }

        var authorize = await site.GetAsync(
            new Uri(issuer).GetLeftPart(UriPartial.Authority) + EndpointPaths.Authorize,
            client,
            cancellationToken
        );
        Note("GET", authorize);
        return authorize.Failure is not null || authorize.Status is 404 or >= 500
            ? Stop(Missing + ", and no /authorize either", remedy)
            : _finding.Warning($"{Words(Missing)} and continues at /authorize, /token and /register: {Trail}.", remedy);
    }

    private DoctorFinding Judge(ProbeAnswer found, string? issuer)
    {
        var metadata = found.Json!;
        if (client.Origin is not null && !CorsCheck.Allows(found, client.Origin))
        {
            return Stop(
                $"a browser may not read {found.Url}: the response has no Access-Control-Allow-Origin",
                "Configure the proxy to pass the Access-Control headers."
            );
        }

        if (client.ComparesIssuer && issuer is not null && found.Text("issuer") != issuer)
        {
            return Stop(
                $"the metadata name the issuer '{found.Text("issuer")}', but the resource names '{issuer}'",
                $"Set {Finding.Setting("McpOidc:Issuer")} and {Finding.Setting("McpOidc:Authority")} to exactly the same URL; a trailing "
                    + $"slash matters."
            );
        }

        if (
            new[] { "authorization_endpoint", "token_endpoint" }.FirstOrDefault(member => !UrlRules.TryRead(found.Text(member), out _)) is
            { } missing
        )
        {
            return Stop($"the metadata have no {missing}", "The authorization server must publish it.");
        }

        return StopAtPkce(metadata) ?? Register(metadata) ?? Arrive(metadata);
    }

    private DoctorFinding? StopAtPkce(JsonObject metadata)
    {
        const string Remedy = "The authorization server must list S256 in code_challenge_methods_supported.";
        var methods = IdentityProviderDiscoveryCheck.Strings(metadata, "code_challenge_methods_supported");
        return methods is not null && !methods.Contains("S256") ? Stop("the authorization server does not support PKCE with S256", Remedy)
            : methods is null && client.WantsPkceNamed ? Stop("the metadata do not mention PKCE", Remedy)
            : null;
    }

    private DoctorFinding? Register(JsonObject metadata)
    {
        var takesDocuments =
            metadata["client_id_metadata_document_supported"] is JsonValue value && value.TryGetValue<bool>(out var offered) && offered;
        if (takesDocuments && client.Document is { } document)
        {
            _trail.Add($"client_id {document}");
            return null;
        }

        if (metadata["registration_endpoint"] is not JsonValue endpoint || !endpoint.TryGetValue<string>(out var url))
        {
            return Stop(
                takesDocuments
                    ? "it has no known metadata document, and registration is not offered"
                    : "neither metadata documents nor registration are offered: it has no client id",
                $"Set {Finding.Setting("McpOidc:Registration:Enabled")} to true, or have users enter a client id from McpOidc:Clients."
            );
        }

        _trail.Add($"POST {url} (not done)");
        return
            IdentityProviderDiscoveryCheck.Strings(metadata, "token_endpoint_auth_methods_supported") is { } methods
            && !methods.Contains(client.Authentication)
            ? Stop(
                $"the authorization server does not support {client.Authentication}",
                $"It must list {client.Authentication} in token_endpoint_auth_methods_supported."
            )
            : null;
    }

    private DoctorFinding Arrive(JsonObject metadata)
    {
        if (
            client.ReadsIss
            && !(
                metadata["authorization_response_iss_parameter_supported"] is JsonValue value
                && value.TryGetValue<bool>(out var announced)
                && announced
            )
        )
        {
            _notes.Add("would check iss (RFC 9207), which the metadata do not announce (authorization_response_iss_parameter_supported)");
        }

        if (client.IsHosted && (UrlRules.IsLoopback(site.Endpoint) || site.Endpoint.Scheme != Uri.UriSchemeHttps))
        {
            return _finding.Skipped($"Would succeed, but connects from the Internet and only by https: {Trail}.");
        }

        return _notes.Count == 0
            ? _finding.Ok($"Reaches the sign-in: {Trail}.")
            : _finding.Warning(
                $"Reaches the sign-in, but {string.Join("; ", _notes)}: {Trail}.",
                "Fix this before the client becomes stricter; see docs/doctor-clients.md."
            );
    }

    private async Task<ProbeAnswer?> FirstAsync(IEnumerable<string> urls, CancellationToken cancellationToken)
    {
        foreach (var url in urls.Distinct(StringComparer.Ordinal))
        {
            var answer = await site.GetAsync(url, client, cancellationToken);
            Note("GET", answer);
            if (answer is { IsOk: true, Json: not null })
            {
                return answer;
            }
        }

        return null;
    }

    private async Task<ProbeAnswer?> PreflightAsync(string url, CancellationToken cancellationToken) =>
        client.Origin is { } origin ? await site.PreflightAsync(url, origin, cancellationToken) : null;

    private DoctorFinding? Blocked(ProbeAnswer answer, ProbeAnswer? preflight)
    {
        var complaint = preflight is null
            ? null
            : CorsCheck.Complaint(preflight, "mcp-protocol-version", client.Origin!)
                ?? (CorsCheck.Allows(answer, client.Origin!) ? null : "the response has no Access-Control-Allow-Origin for its origin");
        return complaint is null
            ? null
            : Stop(
                $"a browser may not read {answer.Url}: {complaint}",
                "Configure the proxy to pass OPTIONS and the Access-Control headers in both directions."
            );
    }

    private DoctorFinding Stop(string why, string remedy) => _finding.Problem($"Stops: {why}. {Trail}.", remedy);

    private string Trail => string.Join(" → ", _trail);

    private void Note(string method, ProbeAnswer answer) =>
        _trail.Add($"{method} {answer.Url} {(answer.Failure is null ? $"{answer.Status}" : "–")}");

    private static string Words(string text) => string.Concat(text[..1].ToUpperInvariant(), text.AsSpan(1));

    private static string Fill(string form, string origin, string path) =>
        form.Replace("{origin}", origin, StringComparison.Ordinal).Replace("{path}", path, StringComparison.Ordinal);
}
