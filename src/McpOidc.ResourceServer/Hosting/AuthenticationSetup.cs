using McpOidc.Configuration;
using McpOidc.Protection;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Adds a scheme for each protected resource, and keeps the application's sign-in scheme as its default: ASP.NET Core uses the only scheme
/// as the default, and with ours there it would no longer be the only one.
/// </summary>
internal sealed class AuthenticationSetup(IOptions<ResourceServerOptions> options, ResourceServerRole? role = null)
    : IConfigureOptions<AuthenticationOptions>,
        IPostConfigureOptions<AuthenticationOptions>
{
    public void Configure(AuthenticationOptions authentication)
    {
        if (role is null)
        {
            return;
        }

        foreach (var scheme in ProtectedResources.Described(options.Value).Select(one => one.Scheme).Union([McpOidcAuthentication.Scheme]))
        {
            authentication.AddScheme<BearerTokenHandler>(scheme, displayName: null);
        }
    }

    public void PostConfigure(string? name, AuthenticationOptions authentication)
    {
        if (authentication.DefaultScheme is not null)
        {
            return;
        }

        var others = authentication.Schemes.Where(scheme => !IsOurs(scheme.HandlerType)).ToList();
        authentication.DefaultScheme = others switch
        {
            [var only] => only.Name,
            [] when role is not null => McpOidcAuthentication.Scheme,
            _ => null,
        };
    }

    private static bool IsOurs(Type? handler) =>
        handler == typeof(BearerTokenHandler)
        // The application may use OpenIddict's client and validation itself.
        || handler?.Assembly.GetName().Name?.StartsWith("OpenIddict.Server.", StringComparison.Ordinal) == true;
}
