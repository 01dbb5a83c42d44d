using System.Net;
using McpOidc;
using McpOidc.Doctor;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the doctor.</summary>
public static class McpOidcBuilderExtensions
{
    /// <summary>Adds <see cref="McpOidcDoctor"/>, which examines the authorization server configured by these services.</summary>
    /// <param name="builder">The builder, with <c>AddAuthorizationServer()</c> called on it.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddDoctor(this McpOidcBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(provider => new McpOidcDoctor(provider));
        // Without the host's HTTP handlers: the check needs the raw response to a single request.
        builder
            .Services.AddHttpClient(Probe.HttpClientName)
            .ConfigureHttpClient(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() =>
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    AutomaticDecompression = DecompressionMethods.All,
                }
            )
            .ConfigureAdditionalHttpMessageHandlers((handlers, _) => handlers.Clear());
        return builder;
    }
}
