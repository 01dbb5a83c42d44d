using McpOidc.Protection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Refuses to start a protected MCP server that could not tell good tokens from bad ones.</summary>
internal sealed class ProtectionOptionsValidator(IServiceProvider services, IHostEnvironment environment)
    : IValidateOptions<ProtectionOptions>, IValidateOptions<McpOidcOptions>
{
    private readonly bool _integrated = services.GetService<ServerRole>() is not null;

    public ValidateOptionsResult Validate(string? name, ProtectionOptions options)
    {
        if (CanonicalResource.From(options.Resource) is null || !UrlRules.IsSecureOrLoopback(options.Resource))
        {
            return ValidateOptionsResult.Fail(Describe(
                "McpOidc:Protection:Resource",
                string.IsNullOrEmpty(options.Resource) ? "is missing" : $"is '{options.Resource}', which cannot be a resource (RFC 9728 §1.2)",
                "Set it to the https URL of this MCP endpoint as people type it, for instance https://mcp.example.com/mcp; http is for loopback only."));
        }

        for (var i = 0; i < options.ScopeHierarchy.Count; i++)
        {
            if (ScopeHierarchy.Parse(options.ScopeHierarchy[i]) is null)
            {
                return ValidateOptionsResult.Fail(Describe($"McpOidc:Protection:ScopeHierarchy:{i}", $"is '{options.ScopeHierarchy[i]}'", "Use the form 'files:write > files:read files:list'."));
            }
        }

        if (options.Scopes.Contains("offline_access"))
        {
            return ValidateOptionsResult.Fail(Describe("McpOidc:Protection:Scopes", "contains offline_access, which is between client and authorization server", "Remove it; refresh tokens are issued without it."));
        }

        var problems = TimeSpansOf(options).Where(span => span.Value < TimeSpan.Zero)
            .Select(span => Describe($"McpOidc:Protection:{span.Setting}", $"is {span.Value}", "Use a time span that is not negative.")).ToList();
        if (options.KeyCacheLifetime == TimeSpan.Zero)
        {
            problems.Add(Describe("McpOidc:Protection:KeyCacheLifetime", "is zero", "Use a positive time span, for instance 00:10:00."));
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static (string Setting, TimeSpan Value)[] TimeSpansOf(ProtectionOptions options) =>
    [
        (nameof(options.KeyCacheLifetime), options.KeyCacheLifetime),
        (nameof(options.KeyRefreshCooldown), options.KeyRefreshCooldown),
        (nameof(options.SessionCacheLifetime), options.SessionCacheLifetime),
        (nameof(options.StoreOutageTolerance), options.StoreOutageTolerance),
        (nameof(options.ClockSkew), options.ClockSkew),
    ];

    public ValidateOptionsResult Validate(string? name, McpOidcOptions options)
    {
        if (_integrated)
        {
            return ValidateOptionsResult.Skip;
        }

        var problems = CommonRules.Check(options, environment).ToList();
        if (string.IsNullOrEmpty(options.Authority))
        {
            problems.Add(Describe("McpOidc:Authority", "is missing", "Set it to the issuer of your authorization server, for instance https://auth.example.com, or call AddServer() to be one."));
        }
        else if (!UrlRules.IsSecureOrLoopback(options.Authority))
        {
            problems.Add(Describe("McpOidc:Authority", $"is '{options.Authority}'", "Use the https issuer of your authorization server; http is for loopback only."));
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
