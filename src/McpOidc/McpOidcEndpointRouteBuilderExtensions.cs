using McpOidc.Account;
using McpOidc.Administration;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Discovery;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Logout;
using McpOidc.Pages;
using McpOidc.Protection;
using McpOidc.Registration;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The endpoints of McpOidc.</summary>
public static class McpOidcEndpointRouteBuilderExtensions
{
    private static readonly OwnEndpoint s_publicMetadata = new() { IsOpenToOrigins = true, IsBelowIssuer = false };

    /// <summary>
    /// Maps the endpoints of the roles that were added. <c>/token</c>, <c>/token/revocation</c>, <c>/token/introspection</c>, <c>/me</c>,
    /// <c>/jwks</c> and the metadata of the authorization server are answered by OpenIddict in <c>UseMcpOidc()</c>. All of them may be
    /// called without the application's own sign-in: its fallback policy does not apply to them.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddMcpOidc()</c> or a role is missing.</exception>
    public static IEndpointRouteBuilder MapMcpOidc(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        Roles.Require(services, nameof(MapMcpOidc));
        endpoints
            .MapGet(EndpointPaths.Stylesheet, (HttpContext http, Stylesheet stylesheet) => stylesheet.Serve(http))
            .As(new() { IsBelowIssuer = false });
        MapUnknownMetadata(endpoints);
        var isServer = services.GetService<AuthorizationServerRole>() is not null;
        if (isServer)
        {
            MapAnsweredByOpenIddict(endpoints);
            MapPages(endpoints);
            MapPrograms(endpoints);
            AdminEndpoints.Map(endpoints);
        }

        if (services.GetService<ResourceServerRole>() is not null)
        {
            var options = services.GetRequiredService<IOptions<ResourceServerOptions>>().Value;
            foreach (var resource in services.GetRequiredService<ProtectedResources>().All)
            {
                MapProtectedResource(endpoints, resource);
                if (!isServer && options.ProxyAuthorizationServer)
                {
                    MapMetadataProxy(endpoints, resource);
                }
            }

            if (!isServer && options.ProxyAuthorizationServer)
            {
                MapLegacyProxy(endpoints);
            }
        }

        return endpoints;
    }

    // OpenIddict answers these in authentication, before an endpoint is executed; routing says what they are.
    private static void MapAnsweredByOpenIddict(IEndpointRouteBuilder endpoints)
    {
        var program = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
        };
        endpoints.Map(EndpointPaths.Token, Unanswered).As(program with { IsLimitedByClient = true, IsReadAhead = true });
        endpoints.Map(EndpointPaths.Revocation, Unanswered).As(program with { IsLimitedByClient = true });
        endpoints.Map(EndpointPaths.LegacyRevocation, Unanswered).As(program with { IsLimitedByClient = true });
        endpoints.Map(EndpointPaths.Introspection, Unanswered).As(program with { IsLimitedByClient = true });
        endpoints.Map(EndpointPaths.PushedAuthorization, Unanswered).As(program with { IsLimitedByClient = true, BeginsSignIn = true });
        endpoints.Map(EndpointPaths.UserInfo, Unanswered).As(program);

        var metadata = new OwnEndpoint { IsOpenToOrigins = true };
        endpoints.Map(EndpointPaths.Jwks, Unanswered).As(metadata);
        var below = endpoints.ServiceProvider.GetRequiredService<Issuer>().Path;
        string[] standard = [below + EndpointPaths.OpenIdConfiguration, below + EndpointPaths.AuthorizationServerMetadata];
        foreach (
            var path in endpoints.ServiceProvider.GetRequiredService<MetadataLocations>().Paths.Union(standard, StringComparer.Ordinal)
        )
        {
            var isBelow = path.StartsWith(below + "/", StringComparison.OrdinalIgnoreCase);
            endpoints.Map(isBelow ? path[below.Length..] : path, Unanswered).As(metadata with { IsBelowIssuer = isBelow });
        }
    }

    // A client that looks where nothing is has to be able to read that: a script is told nothing of an answer that is not open to it.
    private static void MapUnknownMetadata(IEndpointRouteBuilder endpoints)
    {
        string[] documents =
        [
            EndpointPaths.AuthorizationServerMetadata,
            EndpointPaths.OpenIdConfiguration,
            EndpointPaths.ProtectedResourceMetadata,
        ];
        foreach (var document in documents)
        {
            endpoints.Map(document + "/{**path}", Unanswered).As(new() { IsOpenToOrigins = true, IsBelowIssuer = false });
        }
    }

    private static void MapPages(IEndpointRouteBuilder endpoints)
    {
        if (endpoints.ServiceProvider.GetRequiredService<Brand>().Logo is { } logo)
        {
            endpoints.MapGet(EndpointPaths.Logo, logo.Serve).As(new());
        }

        endpoints
            .MapMethods(
                EndpointPaths.Authorize,
                [HttpMethods.Get, HttpMethods.Post],
                (HttpContext http, AuthorizationEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
            )
            .As(
                new()
                {
                    Caller = Caller.Browser,
                    BeginsSignIn = true,
                    IsReadAhead = true,
                }
            );
        var pages = endpoints.MapGroup("").As(new() { Caller = Caller.Browser });
        pages.MapGet(
            EndpointPaths.Consent,
            (HttpContext http, ConsentEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        pages.MapPost(
            EndpointPaths.Consent,
            (HttpContext http, ConsentEndpoint endpoint, CancellationToken ct) => endpoint.DecideAsync(http, ct)
        );
        pages.MapGet(
            EndpointPaths.Choose,
            (HttpContext http, ChooseProviderEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        pages.MapPost(
            EndpointPaths.Choose,
            (HttpContext http, ChooseProviderEndpoint endpoint, CancellationToken ct) => endpoint.ChooseAsync(http, ct)
        );
        pages.MapGet(
            EndpointPaths.Callback,
            (HttpContext http, CallbackEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
        );
        pages.MapMethods(
            EndpointPaths.EndSession,
            [HttpMethods.Get, HttpMethods.Post],
            (HttpContext http, EndSessionEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
        );
        pages.MapGet(
            EndpointPaths.Account,
            (HttpContext http, AccountEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        pages.MapPost(
            EndpointPaths.Account,
            (HttpContext http, AccountEndpoint endpoint, CancellationToken ct) => endpoint.EndAsync(http, ct)
        );
    }

    private static void MapPrograms(IEndpointRouteBuilder endpoints)
    {
        // The identity provider may be inside the operator's network, and call by http.
        endpoints
            .MapPost(
                EndpointPaths.BackChannelLogout,
                (HttpContext http, BackChannelLogoutEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
            )
            .As(new());
        endpoints
            .MapPost(EndpointPaths.IdentityProviderTokens, IdentityProviderTokensEndpoint.RefreshAsync)
            .As(new() { Caller = Caller.Program });

        var own = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
            TakesForms = false,
            IsLimitedByClient = true,
        };
        endpoints.MapPreflight(EndpointPaths.Register, own);
        endpoints.MapPreflight(EndpointPaths.Register + "/{clientId}", own);
        var registration = endpoints.MapGroup(EndpointPaths.Register).As(own);
        registration.MapPost("", RegistrationEndpoint.RegisterAsync);
        registration.MapGet("/{clientId}", RegistrationEndpoint.ReadAsync);
        registration.MapPut("/{clientId}", RegistrationEndpoint.UpdateAsync);
        registration.MapDelete("/{clientId}", RegistrationEndpoint.DeleteAsync);
    }

    private static Task Unanswered(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    private static void MapProtectedResource(IEndpointRouteBuilder endpoints, ProtectedResource resource)
    {
        foreach (var form in FormsOf(endpoints, EndpointPaths.ProtectedResourceMetadata, resource))
        {
            var get = endpoints.MapGet(
                form,
                (HttpResponse response, ProtectedResourceMetadata metadata) => metadata.Serve(resource, response)
            );
            ForHostOf(resource, endpoints, get.As(s_publicMetadata));
            ForHostOf(resource, endpoints, endpoints.MapPreflight(form, s_publicMetadata));
        }
    }

    private static void MapMetadataProxy(IEndpointRouteBuilder endpoints, ProtectedResource resource)
    {
        string[] documents = [EndpointPaths.AuthorizationServerMetadata, EndpointPaths.OpenIdConfiguration];
        foreach (var form in documents.SelectMany(document => FormsOf(endpoints, document, resource)))
        {
            var get = endpoints.MapGet(
                form,
                (HttpResponse response, AuthorizationServerMetadataProxy proxy, CancellationToken ct) => proxy.ServeAsync(response, ct)
            );
            ForHostOf(resource, endpoints, get.As(s_publicMetadata));
            ForHostOf(resource, endpoints, endpoints.MapPreflight(form, s_publicMetadata));
        }
    }

    private static void MapLegacyProxy(IEndpointRouteBuilder endpoints)
    {
        endpoints
            .MapGet(EndpointPaths.Authorize, (HttpRequest request, LegacyEndpointProxy proxy) => proxy.Authorize(request))
            .As(new() { Caller = Caller.Browser });
        var proxied = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
        };
        (string From, string To)[] forwarded =
        [
            (EndpointPaths.Token, EndpointPaths.Token),
            (EndpointPaths.Register, EndpointPaths.Register),
            (EndpointPaths.LegacyRevocation, EndpointPaths.Revocation),
        ];
        foreach (var (from, to) in forwarded)
        {
            endpoints
                .MapPost(from, (HttpContext http, LegacyEndpointProxy proxy, CancellationToken ct) => proxy.ForwardAsync(http, to, ct))
                .As(proxied);
            endpoints.MapPreflight(from, proxied);
        }
    }

    /// <summary>
    /// Every place where clients look: with the path of the resource behind (RFC 9728 §3.1, RFC 8414 §3.1), with it before (OpenID Connect
    /// Discovery §4.1; Codex does so for all documents), and at the root, where it has to be clear which resource is meant.
    /// </summary>
    private static IEnumerable<string> FormsOf(IEndpointRouteBuilder endpoints, string wellKnown, ProtectedResource resource)
    {
        var resources = endpoints.ServiceProvider.GetRequiredService<ProtectedResources>();
        if (resource.Path.Length == 0 || resources.All.Count == 1 || resources.Default == resource)
        {
            yield return wellKnown;
        }

        if (resource.Path.Length > 0)
        {
            yield return wellKnown + resource.Path;
            yield return resource.Path + wellKnown;
        }
    }

    private static void ForHostOf(ProtectedResource resource, IEndpointRouteBuilder endpoints, IEndpointConventionBuilder builder)
    {
        if (endpoints.ServiceProvider.GetRequiredService<ProtectedResources>().All.Any(other => other.Uri.Host != resource.Uri.Host))
        {
            builder.RequireHost(resource.Uri.Host);
        }
    }
}
