using McpOidc.Configuration;
using McpOidc.DevIdp;

namespace McpOidc.McpServer;

/// <summary>Starts a demo identity provider if none is configured, in Development only.</summary>
internal static class DemoIdentityProvider
{
    private const string Issuer = "http://localhost:3002";

    public static void AddDemoIdentityProvider(this WebApplicationBuilder builder)
    {
        if (!builder.Environment.IsDevelopment() || !string.IsNullOrEmpty(builder.Configuration["McpOidc:IdentityProvider:Issuer"]))
        {
            return;
        }

        var issuer = builder.Configuration["DevIdp:Issuer"] ?? Issuer;
        builder.AddDevIdp(options => options.Issuer = issuer);
        builder.Services.AddSingleton<DemoUsers>();
        builder.Services.Configure<IdentityProviderOptions>(upstream =>
        {
            var idp = new DevIdpOptions();
            upstream.Issuer = issuer;
            upstream.ClientId = idp.ClientId;
            upstream.ClientSecret = idp.ClientSecret;
            upstream.Scopes = "openid email profile offline_access";
        });
    }
}
