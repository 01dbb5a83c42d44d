using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Interop;

/// <summary>panva's oidc-provider in a separate process, with one client: the authorization server under test.</summary>
public sealed class PanvaIdentityProvider : IAsyncDisposable
{
    private readonly NodeProgram _program;

    private PanvaIdentityProvider(NodeProgram program, string issuer, bool hasSecret)
    {
        _program = program;
        Settings = new IdentityProviderSettings(issuer, "mcpoidc", hasSecret ? "interop-secret" : null);
    }

    public IdentityProviderSettings Settings { get; }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="redirectUri">The redirect URI of its client.</param>
    /// <param name="jwks">The keys of its client, which then has no secret.</param>
    public static async Task<PanvaIdentityProvider> StartAsync(string redirectUri, JsonObject? jwks = null)
    {
        var program = NodeProgram.Start(
            "panva-idp.mjs",
            [$"{Loopback.FreePort()}", redirectUri, .. jwks is null ? [] : new[] { jwks.ToJsonString() }]
        );
        try
        {
            return new PanvaIdentityProvider(program, (string)(await program.ReadAsync())["issuer"]!, jwks is null);
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    /// <summary>The number of successful refreshes.</summary>
    public async Task<int> CountRefreshesAsync()
    {
        await _program.WriteAsync(new JsonObject { ["ask"] = "refreshes" });
        return (int)(await _program.ReadAsync())["refreshes"]!;
    }

    /// <summary>Adds the identity provider's error output to a failure.</summary>
    public InvalidOperationException Explain(Exception failure) =>
        _program.Errors.Failure($"With panva's oidc-provider: {failure.Message}", failure);

    public ValueTask DisposeAsync() => _program.DisposeAsync();
}
