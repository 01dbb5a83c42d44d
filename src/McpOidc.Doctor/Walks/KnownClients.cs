namespace McpOidc.Doctor.Walks;

/// <summary>The simulated clients.</summary>
internal static class KnownClients
{
    public static readonly IReadOnlyList<KnownClient> All =
    [
        new("Claude Code")
        {
            ProtocolVersion = "2026-07-28",
            ComparesResource = true,
            GoesOnWithoutMetadata = true,
            ReadsIss = true,
            Document = "https://claude.ai/oauth/claude-code-client-metadata",
        },
        new("Claude.ai") { IsHosted = true, Authentication = "client_secret_post" },
        new("ChatGPT") { IsHosted = true },
        new("Codex")
        {
            ProtocolVersion = "2024-11-05",
            BeginsWithGet = true,
            ReadsIss = true,
            Document = "https://chatgpt.com/oauth/codex/client.json",
            ResourceForms =
            [
                "{origin}/.well-known/oauth-protected-resource{path}",
                "{origin}{path}/.well-known/oauth-protected-resource",
                "{origin}/.well-known/oauth-protected-resource",
            ],
        },
        new("Cursor")
        {
            ProtocolVersion = "2025-06-18",
            ComparesResource = true,
            GoesOnWithoutMetadata = true,
            ResourceForms = ["{origin}/.well-known/oauth-protected-resource{path}", "{origin}/.well-known/oauth-protected-resource"],
        },
        new("VS Code"),
        new("Windsurf")
        {
            ProtocolVersion = "2025-03-26",
            ReadsChallenge = false,
            ResourceForms = [],
            OldForms = ["{origin}/.well-known/oauth-authorization-server"],
            GoesOnWithoutMetadata = true,
        },
        new("MCP Inspector")
        {
            ComparesResource = true,
            GoesOnWithoutMetadata = true,
            ReadsIss = true,
            Origin = "http://localhost:6274",
        },
        new("mcp-remote")
        {
            BeginsWithGet = true,
            ComparesResource = true,
            GoesOnWithoutMetadata = true,
            ReadsIss = true,
        },
        new("TypeScript SDK 1") { ComparesResource = true, GoesOnWithoutMetadata = true },
        new("TypeScript SDK 2")
        {
            ComparesResource = true,
            ComparesIssuer = true,
            GoesOnWithoutMetadata = true,
            WantsPkceNamed = true,
            ReadsIss = true,
        },
        new("C# SDK")
        {
            ProtocolVersion = "2026-07-28",
            ComparesIssuer = true,
            WantsPkceNamed = true,
            ReadsIss = true,
            Authentication = "client_secret_post",
        },
    ];
}
