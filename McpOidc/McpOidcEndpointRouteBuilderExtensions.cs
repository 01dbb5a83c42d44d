using McpOidc.Account;
using McpOidc.Administration;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Hosting;
using McpOidc.Logout;
using McpOidc.Pages;
using McpOidc.Protection;
using McpOidc.Registration;
using McpOidc.Upstream;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>The endpoints of McpOidc.</summary>
public static class McpOidcEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Maps the endpoints of the roles that were added. <c>/token</c>, <c>/token/revocation</c>, <c>/token/introspection</c>, <c>/me</c>,
    /// <c>/jwks</c> and the metadata of the authorization server are OpenIddict's and answered by <c>UseMcpOidc()</c>.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMcpOidc()</c> or a role is missing.</exception>
    public static IEndpointRouteBuilder MapMcpOidc(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        Roles.Require(services, nameof(MapMcpOidc));
        endpoints.MapGet(EndpointPaths.Stylesheet, (HttpContext http, Stylesheet stylesheet) => stylesheet.Serve(http));
        var isServer = services.GetService<ServerRole>() is not null;
        if (isServer)
        {
            MapServer(endpoints.MapGroup("").WithMetadata(new AnswerBelowIssuer.Mark()));
        }

        if (services.GetService<ProtectionRole>() is not null)
        {
            var options = services.GetRequiredService<IOptions<ProtectionOptions>>().Value;
            var path = ProtectedResourceMetadata.PathOf(new Uri(options.Resource));
            MapProtectedResource(endpoints, path);
            if (!isServer && options.ProxyAuthorizationServer)
            {
                MapAuthorizationServerProxy(endpoints, path);
            }
        }

        return endpoints;
    }

    private static void MapServer(IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetRequiredService<Brand>().Logo is { } logo)
        {
            endpoints.MapGet(EndpointPaths.Logo, logo.Serve);
        }

        endpoints.MapMethods(EndpointPaths.Authorize, [HttpMethods.Get, HttpMethods.Post],
            (HttpContext http, AuthorizationEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct));
        endpoints.MapGet(EndpointPaths.Consent, (HttpContext http, ConsentEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct));
        endpoints.MapPost(EndpointPaths.Consent, (HttpContext http, ConsentEndpoint endpoint, CancellationToken ct) => endpoint.DecideAsync(http, ct));
        endpoints.MapGet(EndpointPaths.Choose, (HttpContext http, ChooseProviderEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct));
        endpoints.MapPost(EndpointPaths.Choose, (HttpContext http, ChooseProviderEndpoint endpoint, CancellationToken ct) => endpoint.ChooseAsync(http, ct));
        endpoints.MapGet(EndpointPaths.Callback, (HttpContext http, CallbackEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct));
        endpoints.MapMethods(EndpointPaths.EndSession, [HttpMethods.Get, HttpMethods.Post],
            (HttpContext http, EndSessionEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct));
        endpoints.MapPost(EndpointPaths.BackChannelLogout, (HttpContext http, BackChannelLogoutEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct));
        endpoints.MapPost(EndpointPaths.IdpTokens, IdpTokensEndpoint.RefreshAsync);

        endpoints.MapGet(EndpointPaths.Account, (HttpContext http, AccountEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct));
        endpoints.MapPost(EndpointPaths.Account, (HttpContext http, AccountEndpoint endpoint, CancellationToken ct) => endpoint.EndAsync(http, ct));
        AdminEndpoints.Map(endpoints);

        endpoints.MapPost(EndpointPaths.Register, RegistrationEndpoint.RegisterAsync);
        endpoints.MapGet(EndpointPaths.Register + "/{clientId}", RegistrationEndpoint.ReadAsync);
        endpoints.MapPut(EndpointPaths.Register + "/{clientId}", RegistrationEndpoint.UpdateAsync);
        endpoints.MapDelete(EndpointPaths.Register + "/{clientId}", RegistrationEndpoint.DeleteAsync);
    }

    private static void MapProtectedResource(IEndpointRouteBuilder endpoints, string path)
    {
        foreach (var form in FormsOf(EndpointPaths.ProtectedResourceMetadata, path))
        {
            endpoints.MapGet(form, (HttpResponse response, ProtectedResourceMetadata metadata) => metadata.Serve(response));
        }
    }

    private static void MapAuthorizationServerProxy(IEndpointRouteBuilder endpoints, string path)
    {
        var forms = FormsOf(EndpointPaths.AuthorizationServerMetadata, path).Concat(FormsOf(EndpointPaths.OpenIdConfiguration, path));
        foreach (var form in forms)
        {
            endpoints.MapGet(form, (HttpResponse response, AuthorizationServerMetadataProxy proxy, CancellationToken ct) => proxy.ServeAsync(response, ct));
        }

        endpoints.MapGet(EndpointPaths.Authorize, (HttpRequest request, LegacyEndpointProxy proxy) => proxy.Authorize(request));
        (string From, string To)[] forwarded =
            [(EndpointPaths.Token, EndpointPaths.Token), (EndpointPaths.Register, EndpointPaths.Register), (EndpointPaths.LegacyRevocation, EndpointPaths.Revocation)];
        foreach (var (from, to) in forwarded)
        {
            endpoints.MapPost(from, (HttpContext http, LegacyEndpointProxy proxy, CancellationToken ct) => proxy.ForwardAsync(http, to, ct));
        }
    }

    /// <summary>
    /// Every place where clients look: at the root, with the path of the resource behind (RFC 9728 §3.1, RFC 8414 §3.1), and with it before
    /// (OpenID Connect Discovery §4.1; Codex does so for all documents).
    /// </summary>
    private static string[] FormsOf(string wellKnown, string path) => path.Length == 0 ? [wellKnown] : [wellKnown, wellKnown + path, path + wellKnown];
}
