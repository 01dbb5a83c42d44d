using System.Net;
using McpOidc;
using McpOidc.Doctor;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registration of the doctor.</summary>
public static class McpOidcBuilderExtensions
{
    /// <summary>Adds <see cref="McpOidcDoctor"/>, which examines the authorization server that these services describe.</summary>
    /// <param name="builder">The builder, with <c>AddAuthorizationServer()</c> called on it.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddDoctor(this McpOidcBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(provider => new McpOidcDoctor(provider));
        // Nothing of the host in between: what is wanted is the answer itself, once.
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
