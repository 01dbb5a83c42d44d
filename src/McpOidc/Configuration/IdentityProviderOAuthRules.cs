using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Checks the settings of a provider without OpenID Connect.</summary>
internal static class IdentityProviderOAuthRules
{
    public static IEnumerable<string> Check(string section, IdentityProviderOptions options)
    {
        var oauth = options.OAuth;
        if (!oauth.IsUsed)
        {
            return [];
        }

        return
        [
            .. Endpoint("AuthorizationEndpoint", oauth.AuthorizationEndpoint, isRequired: true),
            .. Endpoint("TokenEndpoint", oauth.TokenEndpoint, isRequired: true),
            .. Endpoint("UserEndpoint", oauth.UserEndpoint, isRequired: true),
            .. Endpoint("EmailEndpoint", oauth.EmailEndpoint, isRequired: false),
            .. oauth.Claims.TryGetValue("sub", out var subject) && subject.Length > 0
                ? Array.Empty<string>()
                :
                [
                    Describe(
                        $"{section}:OAuth:Claims:sub",
                        "is missing, but required to identify users",
                        "Set it to a member of the user endpoint's answer that never changes, for instance id."
                    ),
                ],
        ];

        IEnumerable<string> Endpoint(string name, string? url, bool isRequired)
        {
            if (string.IsNullOrEmpty(url))
            {
                return isRequired
                    ? [Describe($"{section}:OAuth:{name}", "is missing", "Set it to the URL from the provider's documentation.")]
                    : [];
            }

            return UrlRules.IsSecureOrLoopback(url, options.AllowHttp)
                ? []
                :
                [
                    Describe(
                        $"{section}:OAuth:{name}",
                        $"is '{url}'",
                        "Use an https URL; http is for loopback only, or with AllowHttp in a closed network."
                    ),
                ];
        }
    }
}
