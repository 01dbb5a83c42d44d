using System.Text;

namespace McpOidc.Registration.Stateless;

/// <summary>
/// Text in a stateless client id: one byte per ASCII character, one per common phrase of client metadata, and everything else as UTF-8
/// after <see cref="Raw"/> and its length. A byte below the space ends it.
/// </summary>
internal static class StatelessText
{
    private const byte FirstPhrase = 0x80;
    private const byte Raw = 0xFE;

    // The order is part of the format, by which all existing ids are read, so phrases are only ever appended, up to 126.
    private static readonly byte[][] s_phrases =
    [
        .. new[]
        {
            "https://",
            "http://localhost",
            "http://127.0.0.1",
            "http://[::1]",
            "/callback",
            "/oauth/callback",
            "/auth/callback",
            "/oauth2/callback",
            "/oauth",
            "/redirect",
            "/mcp",
            "callback",
            "oauth",
            "redirect",
            "connect",
            "auth",
            "login",
            "api",
            "app",
            "agent",
            "client",
            "server",
            "Client",
            "MCP",
            "mcp",
            "www.",
            ".com",
            ".com/",
            ".ai",
            ".ai/",
            ".dev",
            ".dev/",
            ".io",
            ".io/",
            ".org",
            ".net",
            ".app",
            ".example",
            "https://github.com/",
            "github",
            "privacy",
            "terms",
            "policy",
            "legal",
            "https://claude.ai/api/mcp/auth_callback",
            "https://claude.com/api/mcp/auth_callback",
            "https://claude.ai",
            "Claude",
            "Claude Code",
            "anthropic",
            "https://chatgpt.com/connector_platform_oauth_redirect",
            "https://chatgpt.com/connector/oauth/",
            "https://chatgpt.com",
            "https://openai.com",
            "ChatGPT",
            "OpenAI",
            "openai",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "cursor://anysphere.cursor-retrieval/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
            "cursor://",
            "Cursor",
            "cursor",
            "https://insiders.vscode.dev/redirect",
            "https://vscode.dev/redirect",
            "http://127.0.0.1:33418/",
            "https://code.visualstudio.com",
            "Visual Studio Code",
            "vscode-insiders://",
            "vscode://",
            "vscode",
            "windsurf://",
            "Windsurf",
            "windsurf",
            "http://localhost:6274/oauth/callback",
            "MCP Inspector",
            "https://github.com/modelcontextprotocol/inspector",
            "https://modelcontextprotocol.io",
            "modelcontextprotocol",
            "inspector",
            "MCP CLI Proxy",
            "mcp-remote",
            "https://github.com/modelcontextprotocol/mcp-cli",
            "mcp-cli",
            "Codex",
            "codex",
            "Gemini CLI",
            "gemini",
            "google",
            "OpenCode",
            "opencode",
            "https://opencode.ai",
            "/mcp/oauth/callback",
            "microsoft",
            "azure",
            "copilot",
            "Copilot",
            "n8n",
            "integration",
            "connector",
            "settings",
            "platform",
            "account",
            "user",
            "desktop",
            "Desktop",
            "http://",
            "com.",
            "dev.",
        }.Select(Encoding.ASCII.GetBytes),
    ];

    private static readonly Dictionary<byte, (byte[] Phrase, byte Code)[]> s_byFirst = s_phrases
        .Select((phrase, number) => (Phrase: phrase, Code: (byte)(FirstPhrase + number)))
        .GroupBy(known => known.Phrase[0])
        .ToDictionary(group => group.Key, group => group.OrderByDescending(known => known.Phrase.Length).ToArray());

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <exception cref="EncoderFallbackException">It contains a lone surrogate.</exception>
    public static void Write(List<byte> to, string text)
    {
        var bytes = s_utf8.GetBytes(text).AsSpan();
        while (!bytes.IsEmpty)
        {
            if (!IsPlain(bytes[0]))
            {
                var run = bytes.IndexOfAnyInRange((byte)' ', (byte)'~') is >= 0 and var end ? Math.Min(end, byte.MaxValue) : bytes.Length;
                run = Math.Min(run, byte.MaxValue);
                to.Add(Raw);
                to.Add((byte)run);
                to.AddRange(bytes[..run]);
                bytes = bytes[run..];
            }
            else if (FindPhrase(bytes, out var code) is { } phrase)
            {
                to.Add(code);
                bytes = bytes[phrase.Length..];
            }
            else
            {
                to.Add(bytes[0]);
                bytes = bytes[1..];
            }
        }
    }

    /// <returns><see langword="null"/> if it is not an output of <see cref="Write"/>.</returns>
    public static string? Read(ReadOnlySpan<byte> from, out int read)
    {
        var text = new List<byte>();
        read = 0;
        while (read < from.Length && from[read] >= ' ')
        {
            var next = from[read++];
            if (IsPlain(next))
            {
                text.Add(next);
            }
            else if (next >= FirstPhrase && next - FirstPhrase < s_phrases.Length)
            {
                text.AddRange(s_phrases[next - FirstPhrase]);
            }
            else if (next == Raw && read < from.Length && from.Length - read > from[read])
            {
                text.AddRange(from.Slice(read + 1, from[read]));
                read += 1 + from[read];
            }
            else
            {
                return null;
            }
        }

        try
        {
            return s_utf8.GetString([.. text]);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private static byte[]? FindPhrase(ReadOnlySpan<byte> text, out byte code)
    {
        foreach (var (phrase, number) in s_byFirst.GetValueOrDefault(text[0], []))
        {
            if (text.StartsWith(phrase))
            {
                code = number;
                return phrase;
            }
        }

        code = 0;
        return null;
    }

    private static bool IsPlain(byte value) => value is >= (byte)' ' and <= (byte)'~';
}
