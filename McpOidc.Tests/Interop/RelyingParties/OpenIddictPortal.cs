using System.Security.Claims;
using System.Security.Cryptography;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Client;
using OpenIddict.Client.AspNetCore;
using static OpenIddict.Client.AspNetCore.OpenIddictClientAspNetCoreConstants;

namespace McpOidc.Tests.Interop.RelyingParties;

/// <summary>A website that signs users in with OpenIddict.Client.</summary>
internal sealed class OpenIddictPortal : IPortal
{
    public string Callback => "/callback";

    public string SignedOut => "/signed-out";

    public void Configure(WebApplicationBuilder builder, string origin, string issuer, string? algorithm)
    {
        builder.Services.AddAuthorization();
        builder
            .Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
            .AddCookie(options => (options.Cookie.Name, options.LoginPath) = ("portal", "/login"));
        builder.Services.Configure<OpenIddictClientAspNetCoreOptions>(options =>
            options.CookieBuilder.SecurePolicy = CookieSecurePolicy.SameAsRequest
        );
        builder
            .Services.AddOpenIddict()
            .AddClient(client =>
            {
                client.AllowAuthorizationCodeFlow();
                client.AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)));
                client.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
                client.DisableTokenStorage();
                client
                    .UseAspNetCore()
                    .EnableRedirectionEndpointPassthrough()
                    .EnablePostLogoutRedirectionEndpointPassthrough()
                    .DisableTransportSecurityRequirement();
                client.UseSystemNetHttp();
                client.AddRegistration(
                    new OpenIddictClientRegistration
                    {
                        Issuer = new Uri(issuer),
                        ClientId = "portal",
                        ClientSecret = ConfiguredClients.Secret,
                        RedirectUri = new Uri(origin + Callback),
                        PostLogoutRedirectUri = new Uri(origin + SignedOut),
                        Scopes = { "openid", "profile" },
                    }
                );
            });
    }

    public void Map(WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", (HttpContext http) => http.User.Claims.First().Value).RequireAuthorization();
        app.MapGet("/login", () => Results.Challenge(null, [OpenIddictClientAspNetCoreDefaults.AuthenticationScheme]));
        app.MapGet(Callback, (Delegate)SignInAsync);
        app.MapGet("/logout", (Delegate)SignOutAsync);
        app.MapGet(
            SignedOut,
            async (HttpContext http) =>
            {
                await http.AuthenticateAsync(OpenIddictClientAspNetCoreDefaults.AuthenticationScheme);
                return Results.Redirect("/bye");
            }
        );
    }

    private static async Task<IResult> SignInAsync(HttpContext http)
    {
        var result = await http.AuthenticateAsync(OpenIddictClientAspNetCoreDefaults.AuthenticationScheme);
        var properties = new AuthenticationProperties();
        properties.StoreTokens([
            new AuthenticationToken
            {
                Name = Tokens.BackchannelIdentityToken,
                Value = result.Properties!.GetTokenValue(Tokens.BackchannelIdentityToken)!,
            },
        ]);
        await http.SignInAsync(
            CookieAuthenticationDefaults.AuthenticationScheme,
            new ClaimsPrincipal(new ClaimsIdentity(result.Principal!.Claims, "portal")),
            properties
        );
        return Results.Redirect("/");
    }

    private static async Task<IResult> SignOutAsync(HttpContext http)
    {
        var session = await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        return Results.SignOut(
            new AuthenticationProperties(
                new Dictionary<string, string?>
                {
                    [Properties.IdentityTokenHint] = session.Properties!.GetTokenValue(Tokens.BackchannelIdentityToken),
                }
            )
            {
                RedirectUri = "/bye",
            },
            [OpenIddictClientAspNetCoreDefaults.AuthenticationScheme]
        );
    }
}
