using McpOidc.Account;
using McpOidc.Administration;
using McpOidc.Authorization;
using McpOidc.Authorization.DeviceAuthorization;
using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.Discovery;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Logout;
using McpOidc.Pages;
using McpOidc.RateLimits;
using McpOidc.Registration;
using McpOidc.SignIn;
using McpOidc.SignIn.Application;
using McpOidc.Token.PersonalAccessTokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpOidc;

/// <summary>The endpoints of an authorization server, with their metadata.</summary>
internal static class AuthorizationServerEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints
            .MapGet(EndpointPaths.Stylesheet, (HttpContext http, Stylesheet stylesheet) => stylesheet.Serve(http))
            .As(new() { IsBelowIssuer = false });
        MapAnsweredByOpenIddict(endpoints);
        MapPages(endpoints);
        MapPrograms(endpoints);
        if (endpoints.ServiceProvider.GetRequiredService<IOptions<DeviceAuthorizationOptions>>().Value.Enabled)
        {
            MapDevice(endpoints);
        }

        ApplicationSignIn.Map(endpoints);
        AdminEndpoints.Map(endpoints);
    }

    // OpenIddict answers these during authentication, before an endpoint is executed; routing provides their metadata.
    private static void MapAnsweredByOpenIddict(IEndpointRouteBuilder endpoints)
    {
        var program = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
        };
        MapAnswered(endpoints, EndpointPaths.Token, program with { IsReadAhead = true }, HttpMethods.Post);
        MapAnswered(endpoints, EndpointPaths.Revocation, program, HttpMethods.Post);
        MapAnswered(endpoints, EndpointPaths.LegacyRevocation, program, HttpMethods.Post);
        MapAnswered(endpoints, EndpointPaths.Introspection, program, HttpMethods.Post);
        MapAnswered(endpoints, EndpointPaths.PushedAuthorization, program, HttpMethods.Post);
        MapAnswered(endpoints, EndpointPaths.UserInfo, program, HttpMethods.Get, HttpMethods.Post);

        var metadata = new OwnEndpoint { Caller = Caller.Program, IsOpenToOrigins = true };
        MapAnswered(endpoints, EndpointPaths.Jwks, metadata, HttpMethods.Get);
        var below = endpoints.ServiceProvider.GetRequiredService<Issuer>().Path;
        string[] standard = [below + EndpointPaths.OpenIdConfiguration, below + EndpointPaths.AuthorizationServerMetadata];
        foreach (
            var path in endpoints.ServiceProvider.GetRequiredService<MetadataLocations>().Paths.Union(standard, StringComparer.Ordinal)
        )
        {
            var isBelow = path.StartsWith(below + "/", StringComparison.OrdinalIgnoreCase);
            MapAnswered(endpoints, isBelow ? path[below.Length..] : path, metadata with { IsBelowIssuer = isBelow }, HttpMethods.Get);
        }
    }

    private static void MapAnswered(IEndpointRouteBuilder endpoints, string path, OwnEndpoint own, params string[] methods)
    {
        endpoints.MapMethods(path, methods, OwnEndpointExtensions.NotFound).As(own);
        endpoints.MapOtherMethods(path, own);
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
            .As(new() { Caller = Caller.Browser });
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
            EndpointPaths.Refused,
            (HttpContext http, RefusedEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        pages.MapPost(
            EndpointPaths.Refused,
            (HttpContext http, RefusedEndpoint endpoint, CancellationToken ct) => endpoint.DecideAsync(http, ct)
        );
        pages.MapGet(
            EndpointPaths.Callback,
            (HttpContext http, CallbackEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
        );
        pages.MapPost(EndpointPaths.Callback, CallbackEndpoint.PassOnAsync);
        pages.MapMethods(
            EndpointPaths.EndSession,
            [HttpMethods.Get, HttpMethods.Post],
            (HttpContext http, EndSessionEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
        );
        var account = endpoints.MapGroup("").As(new() { Caller = Caller.Browser, CutsOpener = true });
        account.MapGet(
            EndpointPaths.Account,
            (HttpContext http, AccountEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        account.MapPost(
            EndpointPaths.Account,
            (HttpContext http, AccountEndpoint endpoint, CancellationToken ct) => endpoint.EndAsync(http, ct)
        );
        account.MapGet(
            EndpointPaths.AccountTokens,
            (HttpContext http, NewTokenEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        account.MapPost(
            EndpointPaths.AccountTokens,
            (HttpContext http, NewTokenEndpoint endpoint, CancellationToken ct) => endpoint.CreateAsync(http, ct)
        );
    }

    private static void MapDevice(IEndpointRouteBuilder endpoints)
    {
        var program = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
        };
        MapAnswered(endpoints, EndpointPaths.DeviceAuthorization, program, HttpMethods.Post);
        var pages = endpoints.MapGroup("").As(new() { Caller = Caller.Browser, CutsOpener = true });
        pages.MapGet(
            EndpointPaths.Device,
            (HttpContext http, DeviceEndpoint endpoint, CancellationToken ct) => endpoint.ShowAsync(http, ct)
        );
        pages.MapPost(
            EndpointPaths.Device,
            (HttpContext http, DeviceEndpoint endpoint, CancellationToken ct) => endpoint.ContinueAsync(http, ct)
        );
    }

    private static void MapPrograms(IEndpointRouteBuilder endpoints)
    {
        // The identity provider may be inside the operator's network and use http.
        endpoints
            .MapPost(
                EndpointPaths.BackChannelLogout,
                (HttpContext http, BackChannelLogoutEndpoint endpoint, CancellationToken ct) => endpoint.HandleAsync(http, ct)
            )
            .As(new());
        endpoints
            .MapPost(EndpointPaths.IdentityProviderTokens, IdentityProviderTokensEndpoint.RefreshAsync)
            .As(new() { Caller = Caller.Program });
        endpoints.MapPost(EndpointPaths.PersonalTokens, PersonalTokensEndpoint.CheckAsync).As(new() { Caller = Caller.Program });

        var own = new OwnEndpoint
        {
            Caller = Caller.Program,
            IsOpenToOrigins = true,
            IsConfidential = true,
            TakesForms = false,
        };
        endpoints.MapOtherMethods(EndpointPaths.Register, own);
        endpoints.MapOtherMethods(EndpointPaths.Register + "/{clientId}", own);
        var registration = endpoints
            .MapGroup(EndpointPaths.Register)
            .As(own)
            .AddEndpointFilter(endpoints.ServiceProvider.GetRequiredService<WrongTokenFilter>());
        registration.MapPost("", RegistrationEndpoint.RegisterAsync);
        registration.MapGet("/{clientId}", RegistrationEndpoint.ReadAsync);
        registration.MapPut("/{clientId}", RegistrationEndpoint.UpdateAsync);
        registration.MapDelete("/{clientId}", RegistrationEndpoint.DeleteAsync);
    }
}
