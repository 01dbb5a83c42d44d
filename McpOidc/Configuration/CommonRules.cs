using System.Net;
using Microsoft.Extensions.Hosting;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>The rules that hold for an authorization server and for a protected MCP server alike.</summary>
internal static class CommonRules
{
    public const int MinimumSecretLength = 32;

    public static IEnumerable<string> Check(McpOidcOptions options, IHostEnvironment environment)
    {
        if (string.IsNullOrEmpty(options.Secret))
        {
            if (!environment.IsDevelopment())
            {
                yield return SecretSource.MissingSecret;
            }
        }
        else if (options.Secret.Length < MinimumSecretLength)
        {
            yield return Describe("McpOidc:Secret", $"has {options.Secret.Length} characters", $"Use at least {MinimumSecretLength} random characters (openssl rand -base64 48).");
        }

        for (var i = 0; i < options.TrustedProxies.Count; i++)
        {
            if (!IPNetwork.TryParse(options.TrustedProxies[i], out _))
            {
                yield return Describe($"McpOidc:TrustedProxies:{i}", $"is '{options.TrustedProxies[i]}', which is not a network", "Use CIDR notation, for instance 10.0.0.0/8 or 192.0.2.7/32.");
            }
        }
    }
}
