using McpOidc.Protection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>HTTP clients that call upstream APIs as the signed-in user.</summary>
public static class McpOidcHttpClientBuilderExtensions
{
    /// <summary>
    /// Sends the signed-in user's IdP access token, refreshed, with every request to the client's <c>BaseAddress</c>; a request to another
    /// origin goes without. Where the API answers 401 before the token's end, the token is refreshed once, and a request with a safe method
    /// is sent again.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="baseAddress">The origin to send it to; the <c>BaseAddress</c> given to <c>AddHttpClient</c> when left out.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">When the client is created and has no base address.</exception>
    public static IHttpClientBuilder AddIdentityProviderAccessToken(this IHttpClientBuilder builder, Uri? baseAddress = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddIdentityProviderAccessToken(services => Within(baseAddress ?? ReadBaseAddress(services, builder.Name)));
    }

    /// <summary>
    /// Sends the signed-in user's IdP access token, refreshed, with the requests that a condition holds for: for a client that calls
    /// several origins, or one that is known only when it is called.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="isMeant">Whether a request gets the token. Whoever receives it can act as the user.</param>
    /// <returns>The builder.</returns>
    public static IHttpClientBuilder AddIdentityProviderAccessTokenWhere(
        this IHttpClientBuilder builder,
        Func<HttpRequestMessage, bool> isMeant
    )
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(isMeant);
        return builder.AddIdentityProviderAccessToken(_ => isMeant);
    }

    private static IHttpClientBuilder AddIdentityProviderAccessToken(
        this IHttpClientBuilder builder,
        Func<IServiceProvider, Func<HttpRequestMessage, bool>> isMeant
    )
    {
        builder.Services.AddHttpContextAccessor();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<RefusingApis>();
        return builder.AddHttpMessageHandler(services => new IdentityProviderAccessTokenHandler(
            services.GetService<IIdentityProviderTokens>()
                ?? throw new InvalidOperationException("AddIdentityProviderAccessToken() needs services.AddMcpOidc().AddResourceServer()."),
            services.GetRequiredService<RefusingApis>(),
            services.GetRequiredService<IHttpContextAccessor>(),
            isMeant(services)
        ));
    }

    private static Func<HttpRequestMessage, bool> Within(Uri baseAddress) =>
        request =>
            request.RequestUri is { } target
            && target.Scheme == baseAddress.Scheme
            && target.IdnHost == baseAddress.IdnHost
            && target.Port == baseAddress.Port;

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
