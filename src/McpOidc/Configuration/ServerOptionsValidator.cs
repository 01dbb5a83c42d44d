using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Prevents the start of an authorization server that could not work or would not be safe.</summary>
internal sealed class ServerOptionsValidator(IHostEnvironment environment) : IValidateOptions<McpOidcOptions>
{
    public ValidateOptionsResult Validate(string? name, McpOidcOptions options)
    {
        var problems = Issuers(options)
            .Concat(Resources(options))
            .Concat(Scopes(options))
            .Concat(NamedScopes(options))
            .Concat(CommonRules.Check(options, environment))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> Issuers(McpOidcOptions options)
    {
        if (string.IsNullOrEmpty(options.Issuer))
        {
            yield return Describe(
                "McpOidc:Issuer",
                "is missing",
                "Set it to the public URL of this authorization server, for instance https://auth.example.com."
            );
        }
        else if (!UrlRules.IsSecureOrLoopback(options.Issuer) || new Uri(options.Issuer).Query.Length > 0)
        {
            yield return Describe(
                "McpOidc:Issuer",
                $"is '{options.Issuer}', which is not a valid issuer (RFC 8414 §2)",
                "Use an https URL without query or fragment; http is for loopback only."
            );
        }
        else if (!environment.IsDevelopment() && !options.Issuer.StartsWith("https://", StringComparison.OrdinalIgnoreCase))
        {
            yield return Describe(
                "McpOidc:Issuer",
                "does not use https, which is allowed only in Development",
                "Set it to the https URL at which clients reach this server."
            );
        }

        if (!string.IsNullOrEmpty(options.Authority))
        {
            yield return Describe(
                "McpOidc:Authority",
                "names another authorization server, but this process is itself an authorization server",
                "Remove it, or remove the call to AddAuthorizationServer()."
            );
        }
    }

    private static IEnumerable<string> Resources(McpOidcOptions options)
    {
        const string Missing = "is missing";
        const string Remedy = "Set it to the MCP server for which tokens are issued, for instance https://mcp.example.com/mcp.";
        if (options.Resources.Count == 0)
        {
            yield return Describe("McpOidc:Resources:0:Uri", Missing, Remedy);
        }

        for (var i = 0; i < options.Resources.Count; i++)
        {
            if (string.IsNullOrEmpty(options.Resources[i].Uri))
            {
                yield return Describe($"McpOidc:Resources:{i}:Uri", Missing, Remedy);
            }
            else if (options.Resources[i] is { AccessTokenLifetime.Ticks: <= 0 } or { RefreshTokenLifetime.Ticks: <= 0 })
            {
                yield return Describe(
                    $"McpOidc:Resources:{i}:AccessTokenLifetime or RefreshTokenLifetime",
                    "is not positive",
                    "Use a positive time span, for instance 00:15:00, or remove it."
                );
            }
            else if (CanonicalResource.From(options.Resources[i].Uri) is null || !UrlRules.IsSecureOrLoopback(options.Resources[i].Uri))
            {
                yield return Describe(
                    $"McpOidc:Resources:{i}:Uri",
                    $"is '{options.Resources[i].Uri}', which is not a valid resource identifier (RFC 8707 §2)",
                    "Use the https URL of the MCP endpoint; http is for loopback only."
                );
            }
        }
    }

    private static IEnumerable<string> NamedScopes(McpOidcOptions options)
    {
        for (var i = 0; i < options.Scopes.Count; i++)
        {
            var (setting, scope) = ($"McpOidc:Scopes:{i}:Name", options.Scopes[i].Name);
            if (!IsScope(scope))
            {
                yield return Describe(
                    setting,
                    $"is '{scope}', which is not a valid scope (RFC 6749 §3.3)",
                    "Use a scope such as files:write."
                );
            }
            else if (options.Scopes.Take(i).Any(other => other.Name == scope))
            {
                yield return Describe(setting, $"is '{scope}', which is already configured", "Put all rules of a scope in one entry.");
            }
            else if (scope == "openid" && options.Scopes[i].Require.Count > 0)
            {
                yield return Describe(
                    $"McpOidc:Scopes:{i}:Require",
                    "is openid, which every sign-in includes",
                    "Use McpOidc:IdentityProvider:Allow to restrict who may sign in."
                );
            }

            foreach (var problem in UserRuleChecks.Check($"McpOidc:Scopes:{i}:Require", options.Scopes[i].Require))
            {
                yield return problem;
            }
        }
    }

    private static bool IsScope(string scope) =>
        scope.Length > 0 && scope.All(character => character is > ' ' and <= '~' and not '"' and not '\\');

    // A client may request all of them, and its request must fit into what is stored of one.
    private static IEnumerable<string> Scopes(McpOidcOptions options)
    {
        var length = string.Join(' ', options.Resources.SelectMany(resource => resource.Scopes).Distinct(StringComparer.Ordinal)).Length;
        if (length > CommonRules.MaximumScopesLength)
        {
            yield return Describe(
                "McpOidc:Resources:{n}:Scopes",
                $"contain scopes with a total of {length} characters",
                $"Use at most {CommonRules.MaximumScopesLength} characters: a client may request all scopes at once."
            );
        }
    }
}
