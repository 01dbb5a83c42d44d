using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Protection;

namespace McpOidc.Doctor;

/// <summary>Whether each MCP server for which tokens are issued publishes matching metadata that clients accept.</summary>
internal sealed class ResourcesCheck : ICheck
{
    /// <summary>The first request of every client.</summary>
    public const string FirstMessage =
        """{"jsonrpc":"2.0","id":1,"method":"initialize","params":"""
        + """{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"mcpoidc-doctor","version":"1"}}}""";

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        foreach (var resource in examination.Settings.Common?.Resources ?? [])
        {
            if (CanonicalResource.From(resource.Uri) is null)
            {
                yield return new Finding("resource").Skipped("It is not a valid URL; see the configuration.");
                continue;
            }

            var finding = new Finding($"resource {resource.Uri}");
            await foreach (var found in LookAtAsync(finding, resource.Uri, examination, cancellationToken))
            {
                yield return found;
            }
        }
    }

    private static async IAsyncEnumerable<DoctorFinding> LookAtAsync(
        Finding finding,
        string resource,
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var message = Message();
        var call = await examination.Http.PostAsync(
            resource,
            message,
            cancellationToken,
            within: null,
            ("Accept", "application/json, text/event-stream")
        );
        if (call.Failure is not null)
        {
            yield return finding.Warning(
                $"It {call.Does}.",
                "Start the MCP server. If only clients can reach it, run the doctor on a client's network."
            );
            yield break;
        }

        var findings = new List<DoctorFinding>();
        if (Challenge(finding, call) is { } refusal)
        {
            findings.Add(refusal);
        }

        var metadata = await examination.Http.GetAsync(ProtectedResource.MetadataUrlOf(new Uri(resource)), cancellationToken);
        findings.AddRange(
            metadata is { IsOk: true, Json: { } document }
                ? Judge(finding, resource, document, examination.Issuer)
                :
                [
                    finding.Problem(
                        $"{metadata.Url} {metadata.Does}: clients do not find the authorization server.",
                        metadata.Status == 404
                            ? "Configure the proxy to route /.well-known/oauth-protected-resource and everything below to the MCP server, "
                                + "which must call MapMcpOidc()."
                            : OwnSite.RemedyFor(metadata)
                    ),
                ]
        );
        if (findings.Count == 0)
        {
            findings.Add(finding.Ok("It requires a token and names this authorization server."));
        }

        foreach (var found in findings)
        {
            yield return found;
        }
    }

    public static StringContent Message() => new(FirstMessage, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));

    private static DoctorFinding? Challenge(Finding finding, ProbeAnswer call) =>
        call switch
        {
            { Status: 401 } when call.Header("WWW-Authenticate")?.Contains("resource_metadata", StringComparison.Ordinal) is true => null,
            { Status: 401 } => finding.Warning(
                "Its 401 does not name its metadata URL (WWW-Authenticate: resource_metadata).",
                "Protect the endpoint with RequireMcpOidc(), and configure the proxy to pass WWW-Authenticate."
            ),
            { IsOk: true } => finding.Problem(
                "It answers without a token: it is not protected.",
                "Protect it: app.MapMcp(…).RequireMcpOidc()."
            ),
            { Status: 404 or 405 } => finding.Problem(
                $"It answers {call.Status}: there is no MCP endpoint at this URL.",
                $"Compare the path of {Finding.Setting("McpOidc:Resources:0:Uri")} with app.MapMcp(…) and with the routes of the proxy."
            ),
            _ => finding.Problem($"It {call.Does}.", OwnSite.RemedyFor(call)),
        };

    private static IEnumerable<DoctorFinding> Judge(Finding finding, string resource, JsonObject document, Issuer? issuer)
    {
        var named = document["resource"] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
        if (named != resource)
        {
            yield return finding.Problem(
                $"Its metadata name the resource '{named}'"
                    + (
                        CanonicalResource.AreSame(named, resource)
                            ? ", which is equivalent for a server, but clients compare the exact text"
                            : ""
                    )
                    + ": clients reject it.",
                $"Set {Finding.Setting("McpOidc:ResourceServer:Resource")} of the MCP server and "
                    + $"{Finding.Setting("McpOidc:Resources:0:Uri")} here to the URL that users enter, without a trailing slash."
            );
        }

        string[] servers = IdentityProviderDiscoveryCheck.Strings(document, "authorization_servers") ?? [];
        if (issuer is not null && !servers.Contains(issuer.Value))
        {
            yield return finding.Problem(
                $"Its metadata name {(servers.Length == 0 ? "no authorization server" : $"'{servers[0]}'")}, not '{issuer.Value}'.",
                $"Set {Finding.Setting("McpOidc:Authority")} of the MCP server to exactly the issuer; a trailing slash " + $"matters."
            );
        }

        if (IdentityProviderDiscoveryCheck.Strings(document, "scopes_supported") is { } scopes && scopes.Contains("offline_access"))
        {
            yield return finding.Warning(
                "Its metadata list offline_access, which concerns only the client and the authorization server.",
                "Remove it from the scopes of the MCP server."
            );
        }
    }
}
