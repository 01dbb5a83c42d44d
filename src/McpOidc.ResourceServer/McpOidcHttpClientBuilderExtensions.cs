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
    /// Adds the signed-in user's identity provider access token, refreshed if necessary, to every request to the client's
    /// <c>BaseAddress</c>, but not to other origins. If the API answers 401 before the token expires, the token is refreshed once, and a
    /// request with a safe method is sent again.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="baseAddress">The origin to send it to. Default: the <c>BaseAddress</c> given to <c>AddHttpClient</c>.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="InvalidOperationException">Thrown when the client is created without a base address.</exception>
    public static IHttpClientBuilder AddIdentityProviderAccessToken(this IHttpClientBuilder builder, Uri? baseAddress = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddIdentityProviderAccessToken(services => Within(baseAddress ?? ReadBaseAddress(services, builder.Name)));
    }

    /// <summary>
    /// Adds the signed-in user's identity provider access token, refreshed if necessary, to requests that meet a condition: for a client
    /// that calls several origins, or an origin known only at the call.
    /// </summary>
    /// <param name="builder">The client.</param>
    /// <param name="isMeant">Whether a request gets the token. The recipient can act as the user.</param>
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
                ?? throw new InvalidOperationException(
                    "AddIdentityProviderAccessToken() requires services.AddMcpOidc().AddResourceServer()."
                ),
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
        // A handler does not see its client, so the client's configuration is applied to a temporary one.
        using var probe = new HttpClient();
        foreach (var configure in services.GetRequiredService<IOptionsMonitor<HttpClientFactoryOptions>>().Get(name).HttpClientActions)
        {
            configure(probe);
        }

        return probe.BaseAddress
            ?? throw new InvalidOperationException(
                $"AddIdentityProviderAccessToken() does not know the base address of the HTTP client '{name}'. Set it in "
                    + $"services.AddHttpClient(…, client => client.BaseAddress = …), or pass it to "
                    + $"AddIdentityProviderAccessToken(baseAddress)."
            );
    }
}
