using McpOidc.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc.Authorization;

/// <summary>Every scope that this server knows, and what each means to a person.</summary>
internal sealed class ScopeCatalog(IOptions<McpOidcOptions> options, IServiceProvider services)
{
    private static readonly string[] s_identityScopes = ["openid", "email", "profile", "offline_access"];

    /// <summary>All of them: those of identity first, then those of the resources.</summary>
    public IReadOnlyList<string> All { get; } =
        [.. s_identityScopes.Concat(options.Value.Resources.SelectMany(resource => resource.Scopes)).Concat(ProtectedScopes(services)).Distinct(StringComparer.Ordinal)];

    /// <summary>The known ones of a space-separated list, each once. Unknown scopes are left out: the token response says what was granted (RFC 6749 §3.3).</summary>
    public IReadOnlyList<string> Known(string? scope)
        => [.. (scope ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(All.Contains).Distinct(StringComparer.Ordinal)];

    /// <summary>What a client gets that asks for nothing: identity, and everything that the resource is for.</summary>
    public IReadOnlyList<string> DefaultFor(ResourceOptions resource)
        => [.. new[] { "openid" }.Concat(resource.Scopes).Concat(ProtectedScopes(services)).Distinct(StringComparer.Ordinal)];

    /// <summary>In integrated mode the MCP server beside us says which scopes it wants.</summary>
    private static IEnumerable<string> ProtectedScopes(IServiceProvider services)
        => services.GetService<ProtectionRole>() is null ? [] : services.GetRequiredService<IOptions<ProtectionOptions>>().Value.Scopes;

    /// <summary>A scope in words, for the consent page.</summary>
    public static string Describe(string scope) => scope switch
    {
        "openid" => "Know who you are: an identifier that is always the same for you",
        "email" => "See your e-mail address",
        "profile" => "See your name and picture",
        "offline_access" => "Stay signed in, also while you are away",
        _ => $"Use “{scope}” on your behalf",
    };
}
