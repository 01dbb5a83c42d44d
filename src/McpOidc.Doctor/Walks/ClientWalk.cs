using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Doctor.Walks;

/// <summary>
/// Goes the way of one client: first request, metadata of the resource, metadata of the authorization server, registration. Nothing is
/// registered and nobody signs in.
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
            { Failure: not null } => Stop(call.Does, OwnSite.MendOf(call)),
            { Status: 401 } => null,
            { IsOk: true } => _finding.Warning(
                $"Needs no sign-in: {Trail}.",
                "If the server is to be protected, protect its endpoint: app.MapMcp(…).RequireMcpOidc()."
            ),
            { Status: 403 } when client.Origin is not null => Stop(
                $"its origin {client.Origin} is refused",
                $"Allow it in {Finding.Setting("McpOidc:AllowedOrigins:0")} of the MCP server."
            ),
            // A server that knows no GET says so before it asks who calls.
            { Status: 405 } when client.BeginsWithGet => null,
            { Status: 404 or 405 } => Stop(
                $"the MCP endpoint answers {call.Status}",
                "Type the URL of the MCP endpoint itself, with its path."
            ),
            _ => Stop($"the MCP endpoint {call.Does} where 401 is expected", OwnSite.MendOf(call)),
        };

    /// <summary>The issuer that the resource names; none where it has no metadata, and then the old way is gone.</summary>
    private async Task<(string? Issuer, DoctorFinding? Refusal)> FindServerAsync(ProbeAnswer call, CancellationToken cancellationToken)
    {
        var told = client.ReadsChallenge ? Challenges.MetadataUrlIn(call.Header("WWW-Authenticate")) : null;
        string[] forms = told is null ? [.. client.ResourceForms.Select(form => Fill(form, site.Origin, site.Path)).Distinct()] : [told];
        if (await FirstAsync(forms, cancellationToken) is not { } found)
        {
            if (client.ResourceForms.Length > 0)
            {
                _notes.Add("finds no metadata of the resource (RFC 9728) and goes the way of 2025-03-26");
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
                    $"the metadata are of the resource '{found.Text("resource")}', which does not fit '{site.Resource}'",
                    $"Set {Finding.Setting("McpOidc:ResourceServer:Resource")} of the MCP server to the URL that people type, without a "
                        + $"slash at its end."
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
                    "the metadata of the resource name no authorization server",
                    $"Set {Finding.Setting("McpOidc:Authority")} of the MCP server."
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
        const string Missing = "it finds no metadata of the authorization server (RFC 8414)";
        var remedy =
            "Let the proxy route all of /.well-known/ to the authorization server; on a standalone MCP server also "
            + "McpOidc:ResourceServer:ProxyAuthorizationServer has to be true. Clients of 2025-03-26 look at the root of the MCP "
            + "host only, where an issuer with a path is not.";
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
            ? Stop(Missing + ", nor /authorize in its place", remedy)
            : _finding.Warning($"{Words(Missing)} and goes on at /authorize, /token and /register: {Trail}.", remedy);
    }

    private DoctorFinding Judge(ProbeAnswer found, string? issuer)
    {
        var metadata = found.Json!;
        if (client.Origin is not null && !CorsCheck.Allows(found, client.Origin))
        {
            return Stop(
                $"a browser may not read {found.Url}: it has no Access-Control-Allow-Origin",
                "Let the proxy pass the Access-Control headers through."
            );
        }

        if (client.ComparesIssuer && issuer is not null && found.Text("issuer") != issuer)
        {
            return Stop(
                $"the metadata are of the issuer '{found.Text("issuer")}', and the resource names '{issuer}'",
                $"Give {Finding.Setting("McpOidc:Issuer")} and {Finding.Setting("McpOidc:Authority")} the same characters; a slash at "
                    + $"the end counts."
            );
        }

        if (
            new[] { "authorization_endpoint", "token_endpoint" }.FirstOrDefault(member => !UrlRules.TryRead(found.Text(member), out _)) is
            { } missing
        )
        {
            return Stop($"the metadata have no {missing}", "The authorization server has to name it.");
        }

        return StopAtPkce(metadata) ?? Register(metadata) ?? Arrive(metadata);
    }

    private DoctorFinding? StopAtPkce(JsonObject metadata)
    {
        const string Remedy = "The authorization server has to list S256 in code_challenge_methods_supported.";
        var methods = IdentityProviderDiscoveryCheck.Strings(metadata, "code_challenge_methods_supported");
        return methods is not null && !methods.Contains("S256") ? Stop("the authorization server does not know PKCE with S256", Remedy)
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
                    ? "it has no metadata document that is known, and registration is not offered"
                    : "neither metadata documents nor registration are offered: it has no client id",
                $"Set {Finding.Setting("McpOidc:Registration:Enabled")} to true, or let people type in a client id of McpOidc:Clients."
            );
        }

        _trail.Add($"POST {url} (not done)");
        return
            IdentityProviderDiscoveryCheck.Strings(metadata, "token_endpoint_auth_methods_supported") is { } methods
            && !methods.Contains(client.Authentication)
            ? Stop(
                $"the authorization server does not take {client.Authentication}",
                $"It has to list {client.Authentication} in token_endpoint_auth_methods_supported."
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
            _notes.Add("would compare iss (RFC 9207), which the metadata do not announce (authorization_response_iss_parameter_supported)");
        }

        if (client.IsHosted && (UrlRules.IsLoopback(site.Endpoint) || site.Endpoint.Scheme != Uri.UriSchemeHttps))
        {
            return _finding.Skipped($"Would find everything, but comes from the internet and reaches https only: {Trail}.");
        }

        return _notes.Count == 0
            ? _finding.Ok($"Gets to the sign-in: {Trail}.")
            : _finding.Warning(
                $"Gets to the sign-in, but {string.Join("; ", _notes)}: {Trail}.",
                "Remedy it before the client becomes stricter; see docs/doctor.md."
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
                ?? (CorsCheck.Allows(answer, client.Origin!) ? null : "the answer has no Access-Control-Allow-Origin for it");
        return complaint is null
            ? null
            : Stop(
                $"a browser may not read {answer.Url}: {complaint}",
                "Let the proxy pass OPTIONS and the Access-Control headers through, both ways."
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
