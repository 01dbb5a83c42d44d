using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Protection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Prevents the start of a protected MCP server that could not validate tokens.</summary>
internal sealed class ResourceServerOptionsValidator(IServiceProvider services, IHostEnvironment environment)
    : IValidateOptions<ResourceServerOptions>,
        IValidateOptions<McpOidcOptions>
{
    // The claims of the token itself, which no other source may set.
    private static readonly string[] s_claimsOfTheToken =
    [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "client_id",
        "scope",
        "sid",
        "cnf",
        "act",
    ];

    public ValidateOptionsResult Validate(string? name, ResourceServerOptions options)
    {
        var described = ProtectedResources.Described(options).ToList();
        var problems = described.SelectMany(resource => CheckResource(resource.Setting, resource.Options)).ToList();
        problems.AddRange(CheckNames(options));
        problems.AddRange(
            described
                .GroupBy(resource => CanonicalResource.From(resource.Options.Resource))
                .Where(same => same.Key is not null)
                .SelectMany(same => same.Skip(1))
                .Select(again =>
                    Describe(
                        $"{again.Setting}:Resource",
                        $"is '{again.Options.Resource}', which another resource also uses",
                        "Give each resource its own URL."
                    )
                )
        );
        problems.AddRange(
            TimeSpansOf(options)
                .Where(span => span.Value < TimeSpan.Zero)
                .Select(span =>
                    Describe($"McpOidc:ResourceServer:{span.Setting}", $"is {span.Value}", "Use a time span that is not negative.")
                )
        );
        if (options.KeyCacheLifetime == TimeSpan.Zero)
        {
            problems.Add(
                Describe("McpOidc:ResourceServer:KeyCacheLifetime", "is zero", "Use a positive time span, for instance 00:10:00.")
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> CheckNames(ResourceServerOptions options) =>
        from name in options.Resources.Keys
        where name is McpOidcAuthentication.Scheme || name.Length == 0
        select Describe(
            $"McpOidc:ResourceServer:Resources:{name}",
            "has the name reserved for the resource without a name",
            "Choose another name."
        );

    private static IEnumerable<string> CheckResource(string section, ProtectedResourceOptions options)
    {
        if (CanonicalResource.From(options.Resource) is null || !UrlRules.IsSecureOrLoopback(options.Resource))
        {
            yield return Describe(
                $"{section}:Resource",
                string.IsNullOrEmpty(options.Resource)
                    ? "is missing"
                    : $"is '{options.Resource}', which is not a valid resource identifier (RFC 9728 §1.2)",
                "Set it to the https URL of this MCP endpoint as users enter it, for instance https://mcp.example.com/mcp; http is for "
                    + "loopback only."
            );
        }

        for (var i = 0; i < options.ScopeHierarchy.Count; i++)
        {
            if (ScopeHierarchy.Parse(options.ScopeHierarchy[i]) is null)
            {
                yield return Describe(
                    $"{section}:ScopeHierarchy:{i}",
                    $"is '{options.ScopeHierarchy[i]}'",
                    "Use the form 'files:write > files:read files:list'."
                );
            }
        }

        for (var i = 0; i < options.UserClaims.Count; i++)
        {
            if (s_claimsOfTheToken.Contains(options.UserClaims[i]))
            {
                yield return Describe(
                    $"{section}:UserClaims:{i}",
                    $"is '{options.UserClaims[i]}', which is a claim of the token itself",
                    "Remove it."
                );
            }
        }

        foreach (
            var (setting, path) in options
                .UserClaims.Select((path, index) => ($"UserClaims:{index}", path))
                .Append(("RoleClaim", options.RoleClaim ?? "none"))
                .Where(claim => ClaimPath.Parse(claim.Item2) is null)
        )
        {
            yield return Describe(
                $"{section}:{setting}",
                $"is '{path}', which is not a valid claim path",
                "Separate names with dots, and put a name that contains a dot in single quotes: realm_access.roles, 'my.claim'.roles."
            );
        }

        if (string.Join(' ', options.Scopes).Length is > CommonRules.MaximumScopesLength and var length)
        {
            yield return Describe(
                $"{section}:Scopes",
                $"contain scopes with a total of {length} characters",
                $"Use at most {CommonRules.MaximumScopesLength} characters: a client may request all scopes at once."
            );
        }

        if (options.Scopes.Contains("offline_access"))
        {
            yield return Describe(
                $"{section}:Scopes",
                "contains offline_access, which concerns only the client and the authorization server",
                "Remove it; refresh tokens are issued without it."
            );
        }
    }

    private static (string Setting, TimeSpan Value)[] TimeSpansOf(ResourceServerOptions options) =>
        [
            (nameof(options.KeyCacheLifetime), options.KeyCacheLifetime),
            (nameof(options.KeyRefreshInterval), options.KeyRefreshInterval),
            (nameof(options.GrantCacheLifetime), options.GrantCacheLifetime),
            (nameof(options.StoreOutageTolerance), options.StoreOutageTolerance),
            (nameof(options.ClockSkew), options.ClockSkew),
        ];

    public ValidateOptionsResult Validate(string? name, McpOidcOptions options)
    {
        // Not in the constructor: the roles need these options themselves.
        if (Roles.IsAuthorizationServer(services))
        {
            return ValidateOptionsResult.Skip;
        }

        var problems = CommonRules.Check(options, environment).ToList();
        if (string.IsNullOrEmpty(options.Authority))
        {
            problems.Add(
                Describe(
                    "McpOidc:Authority",
                    "is missing",
                    "Set it to the issuer of your authorization server, for instance https://auth.example.com, or call "
                        + "AddAuthorizationServer() to run one in this process."
                )
            );
        }
        else if (!UrlRules.IsSecureOrLoopback(options.Authority))
        {
            problems.Add(
                Describe(
                    "McpOidc:Authority",
                    $"is '{options.Authority}'",
                    "Use the https issuer of your authorization server; http is for loopback only."
                )
            );
        }

        // An address inside a network may be without TLS: the operator who sets it knows that network.
        if (
            !string.IsNullOrEmpty(options.AuthorityAddress)
            && !(
                UrlRules.IsSecureOrLoopback(options.AuthorityAddress, allowHttp: true)
                && new Uri(options.AuthorityAddress).PathAndQuery == "/"
            )
        )
        {
            problems.Add(
                Describe(
                    "McpOidc:AuthorityAddress",
                    $"is '{options.AuthorityAddress}', which is not an origin",
                    "Use the scheme, host and port at which this process reaches the authorization server, for instance http://auth:8080."
                )
            );
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }
}
