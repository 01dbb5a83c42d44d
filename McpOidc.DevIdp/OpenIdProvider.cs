using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>OpenIddict without a database: keys and state live only as long as the process.</summary>
internal static class OpenIdProvider
{
    public static void Add(IServiceCollection services, DevIdpOptions options)
    {
        services.AddSingleton(options.Clock);
        services.AddAuthentication();
        services.AddSingleton<AuthorizeEndpoint>();
        services
            .AddOpenIddict()
            .AddServer(server =>
            {
                server
                    .SetIssuer(options.Issuer)
                    .SetAuthorizationEndpointUris("authorize")
                    .SetTokenEndpointUris("token")
                    .SetUserInfoEndpointUris("userinfo")
                    .SetRevocationEndpointUris("revoke")
                    .SetEndSessionEndpointUris("end-session")
                    .SetJsonWebKeySetEndpointUris("jwks")
                    .SetConfigurationEndpointUris(".well-known/openid-configuration");
                server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow();
                server.RegisterScopes("openid", "email", "profile", "offline_access");
                server.SetAccessTokenLifetime(options.AccessTokenLifetime).SetRefreshTokenLifetime(options.RefreshTokenLifetime);
                // No RSA: generating such keys would take most of a test's start-up time.
                server
                    .AddEncryptionKey(new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)))
                    .AddEphemeralSigningKey(SecurityAlgorithms.EcdsaSha256);
                server.EnableDegradedMode().DisableResourceValidation();
                server.Configure(settings => settings.CodeChallengeMethods.Remove("plain"));
                server
                    .UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    .DisableTransportSecurityRequirement();

                server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseSingletonHandler<CheckClient>());
                // The client before the code, as required by RFC 6749 §4.1.3.
                server.AddEventHandler<ValidateTokenRequestContext>(handler =>
                    handler
                        .UseSingletonHandler<CheckClient>()
                        .SetOrder(OpenIddictServerHandlers.Exchange.ValidateAuthentication.Descriptor.Order - 500)
                );
                server.AddEventHandler<ValidateRevocationRequestContext>(handler => handler.UseSingletonHandler<CheckClient>());
                server.AddEventHandler<ValidateEndSessionRequestContext>(handler => handler.UseSingletonHandler<CheckClient>());
                server.AddEventHandler<HandleTokenRequestContext>(handler =>
                    handler.UseSingletonHandler<RedeemTokens>().SetOrder(int.MinValue + 200_000)
                );
                server.AddEventHandler<HandleRevocationRequestContext>(handler => handler.UseSingletonHandler<EndFamily>());
                server.AddEventHandler<HandleUserInfoRequestContext>(handler =>
                    handler.UseSingletonHandler<TellClaims>().SetOrder(int.MaxValue - 100_000)
                );
                server.AddEventHandler<ApplyTokenResponseContext>(handler =>
                    handler.UseSingletonHandler<ApplyFaults>().SetOrder(int.MinValue + 200_000)
                );
                server.AddEventHandler<ApplyConfigurationResponseContext>(handler =>
                    handler.UseSingletonHandler<WriteIssuer>().SetOrder(int.MinValue + 200_000)
                );
                server.AddEventHandler<ApplyAuthorizationResponseContext>(handler =>
                    handler
                        .UseSingletonHandler<WriteIssuer>()
                        .SetOrder(OpenIddictServerHandlers.Authentication.AttachIssuer.Descriptor.Order - 500)
                );
                server.AddEventHandler<GenerateTokenContext>(handler =>
                    handler
                        .UseSingletonHandler<WriteIssuer>()
                        .SetOrder(OpenIddictServerHandlers.Protection.AttachTokenMetadata.Descriptor.Order + 500)
                );
            });
    }

    public static void Map(WebApplication app)
    {
        app.UseAuthentication();
        app.MapGet("/", (HttpContext context, Pages pages) => pages.Home(context));
        app.MapGet("/style.css", () => Results.Text(Pages.Css, "text/css"));
        app.MapMethods("/authorize", ["GET", "POST"], (HttpContext context, AuthorizeEndpoint endpoint) => endpoint.Authorize(context));
        app.MapPost("/sign-in", (HttpContext context, AuthorizeEndpoint endpoint) => endpoint.SignInAsync(context));
        app.MapPost("/groups", (HttpContext context, AuthorizeEndpoint endpoint) => endpoint.SetGroupsAsync(context));
        app.MapMethods("/end-session", ["GET", "POST"], (HttpContext context, AuthorizeEndpoint endpoint) => endpoint.EndSession(context));
    }
}
