using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether clients can obtain a client id.</summary>
internal sealed class RegistrationCheck : ICheck
{
    private static readonly Finding s_finding = new("registration");
    private static readonly string s_enabled = Finding.Setting($"{RegistrationOptions.Section}:{nameof(RegistrationOptions.Enabled)}");
    private static readonly string s_documents = Finding.Setting(
        $"{RegistrationOptions.Section}:"
            + $"{nameof(RegistrationOptions.ClientIdMetadataDocuments)}:{nameof(ClientIdMetadataDocumentOptions.Enabled)}"
    );

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        if (examination.Settings is not { Registration: { } options, Common: { } common })
        {
            yield return s_finding.Skipped("The settings cannot be read; see the configuration.");
            yield break;
        }

        yield return Judge(options, common);
        if (examination.Metadata is { } metadata && Differs(metadata, options, examination.IsCutOff))
        {
            yield return s_finding.Warning(
                "The running server offers other registration methods than these settings.",
                "Restart it with these settings, or run the doctor with the server's settings."
            );
        }
    }

    private static DoctorFinding Judge(RegistrationOptions options, McpOidcOptions common)
    {
        var byDocument = options.ClientIdMetadataDocuments.Enabled;
        var remedy = $"Set {s_documents} or {s_enabled} to true, or configure clients in McpOidc:Clients and give users their client ids.";
        return (byDocument, options.Enabled, options.InitialAccessTokens.Count) switch
        {
            (false, false, _) when common.Clients.Count == 0 => s_finding.Problem(
                "No client can connect: metadata documents and registration are both off, and no client is configured.",
                remedy
            ),
            (false, false, _) => s_finding.Warning(
                "Only configured clients can connect: metadata documents and registration are both off. In most clients, users cannot "
                    + "enter a client id.",
                remedy
            ),
            (false, true, > 0) => s_finding.Warning(
                "Registration requires an initial access token, which no known MCP client supports, and metadata documents are off.",
                remedy
            ),
            (true, false, _) => s_finding.Warning(
                "Only metadata documents are enabled: clients without one, such as Claude.ai, Cursor and mcp-remote, " + "cannot sign in.",
                $"Set {s_enabled} to true, unless this is intended."
            ),
            _ => s_finding.Ok($"Clients identify themselves by {(byDocument ? "metadata documents and " : "")}registration."),
        };
    }

    private static bool Differs(JsonObject metadata, RegistrationOptions options, bool isCutOff) =>
        metadata.ContainsKey("registration_endpoint") != options.Enabled
        || (metadata["client_id_metadata_document_supported"] is JsonValue value && value.TryGetValue<bool>(out var offered) && offered)
            != (options.ClientIdMetadataDocuments.Enabled && !(isCutOff && options.Enabled));
}
