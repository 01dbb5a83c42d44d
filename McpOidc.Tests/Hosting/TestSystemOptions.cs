using McpOidc.DevIdp;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Hosting;

/// <summary>How a <see cref="TestSystem"/> differs from the default: integrated, on its own SQLite file, with the demo identity
/// provider.</summary>
public sealed class TestSystemOptions
{
    /// <summary>Whether authorization server and MCP server are two applications.</summary>
    public bool Standalone { get; set; }

    public AdjustableClock Clock { get; set; } = new();

    /// <summary>The port of the authorization server, for tests that need its redirect URI before it starts.</summary>
    public int ServerPort { get; set; } = Loopback.FreePort();

    /// <summary>The port of the MCP server in a standalone system.</summary>
    public int McpPort { get; set; } = Loopback.FreePort();

    /// <summary>An identity provider to use instead of the demo one.</summary>
    public IdentityProviderSettings? Provider { get; set; }

    /// <summary>Additional settings for all applications.</summary>
    public List<KeyValuePair<string, string?>> Settings { get; } = [];

    public Action<DevIdpOptions>? Idp { get; set; }

    /// <summary>What the application of the authorization server registers before <c>AddMcpOidc()</c>.</summary>
    public Action<IServiceCollection>? Services { get; set; }

    public Action<McpOidcBuilder>? Server { get; set; }

    public Action<WebApplicationBuilder>? Mcp { get; set; }

    public Action<WebApplication>? Map { get; set; }

    /// <summary>Whether the usual MCP endpoint and its related endpoints are mapped.</summary>
    public bool MapsMcp { get; set; } = true;

    /// <summary>Records the traffic of clients and the identity provider.</summary>
    public WireTap? Tap { get; set; }

    public void Set(string key, string value) => Settings.Add(new(key, value));
}

/// <summary>An identity provider that runs elsewhere.</summary>
public sealed record IdentityProviderSettings(
    string Issuer,
    string ClientId,
    string? ClientSecret,
    string Scopes = "openid email profile offline_access"
);
