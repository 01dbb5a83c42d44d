using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Interop.RelyingParties;

/// <summary>A website that signs users in with ASP.NET Core's own OpenID Connect handler.</summary>
internal sealed class AspNetCorePortal : IPortal
{
    public string Callback => "/signin-oidc";

    public string SignedOut => "/signout-callback-oidc";

    public void Configure(WebApplicationBuilder builder, string origin, string issuer, string? algorithm)
    {
        builder.Services.AddAuthorization();
        builder
            .Services.AddAuthentication(options =>
            {
                options.DefaultScheme = CookieAuthenticationDefaults.AuthenticationScheme;
                options.DefaultChallengeScheme = OpenIdConnectDefaults.AuthenticationScheme;
            })
            .AddCookie(options => options.Cookie.Name = "portal")
            .AddOpenIdConnect(options =>
            {
                (options.Authority, options.ClientId, options.ClientSecret) = (issuer, "portal", ConfiguredClients.Secret);
                options.RequireHttpsMetadata = false;
                options.ResponseType = "code";
                options.ResponseMode = "query";
                options.SaveTokens = true;
                options.NonceCookie.SecurePolicy = options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
                options.SignedOutRedirectUri = "/bye";
                if (algorithm is not null)
                {
                    options.TokenValidationParameters.ValidAlgorithms = [algorithm];
                }
            });
    }

    public void Map(WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", (HttpContext http) => http.User.FindFirst("name")?.Value ?? http.User.Claims.First().Value).RequireAuthorization();
        app.MapGet(
            "/logout",
            () =>
                Results.SignOut(
                    authenticationSchemes: [CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme]
                )
        );
    }
}
