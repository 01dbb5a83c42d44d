using McpOidc.Protection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>HTTP clients that call upstream APIs as the signed-in user.</summary>
public static class McpOidcHttpClientBuilderExtensions
{
    /// <summary>
    /// Sends the signed-in user's IdP access token, refreshed, with every request to the client's <c>BaseAddress</c>; a request to another
    /// origin goes without.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="baseAddress">The origin to send it to; the <c>BaseAddress</c> given to <c>AddHttpClient</c> when left out.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">When the client is created and has no base address.</exception>
    public static IHttpClientBuilder AddIdentityProviderAccessToken(this IHttpClientBuilder builder, Uri? baseAddress = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddHttpContextAccessor();
        return builder.AddHttpMessageHandler(services => new IdentityProviderAccessTokenHandler(
            services.GetService<IIdentityProviderTokens>()
                ?? throw new InvalidOperationException("AddIdentityProviderAccessToken() needs services.AddMcpOidc().AddResourceServer()."),
            services.GetRequiredService<IHttpContextAccessor>(),
            baseAddress ?? ReadBaseAddress(services, builder.Name)
        ));
    }

    private static Uri ReadBaseAddress(IServiceProvider services, string name)
    {
        // A handler does not see the client it works for, so the client's configuration is applied to one that is thrown away.
        using var probe = new HttpClient();
        foreach (var configure in services.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>().Get(name).HttpClientActions)
        {
            configure(probe);
        }

        return probe.BaseAddress
            ?? throw new InvalidOperationException(
                $"AddIdentityProviderAccessToken() does not know where the HTTP client '{name}' calls. Set it in "
                    + $"services.AddHttpClient(…, client => client.BaseAddress = …), or pass it to "
                    + $"AddIdentityProviderAccessToken(baseAddress)."
            );
    }
}
