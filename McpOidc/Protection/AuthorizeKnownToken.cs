using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Protection;

/// <summary>
/// The short way through authorization of a token that was found good in this request, at an endpoint that asks for nothing but what
/// <c>RequireMcpOidc</c> asks for. Whatever else an endpoint has, and whatever is not granted, goes the long way, which also says what is missing.
/// </summary>
internal sealed class AuthorizeKnownToken(RequestDelegate authorize, RequestDelegate authorized)
{
    // What ASP.NET Core's endpoint middleware looks for: it refuses to serve an endpoint that asks for authorization where nobody saw to it.
    private const string Seen = "__AuthorizationMiddlewareWithEndpointInvoked";

    private readonly ConditionalWeakTable<Endpoint, StrongBox<McpOidcRequirement?>> _asked = [];

    /// <summary>Whether nothing that the application has added to authorization would be left out: a handler of its own may refuse what ours grants.</summary>
    public static bool IsEnoughFor(IServiceProvider services)
    {
        using var scope = services.CreateScope();
        var own = scope.ServiceProvider;
        object?[] parts =
        [
            own.GetService<IAuthorizationService>(), own.GetService<IAuthorizationPolicyProvider>(), own.GetService<IAuthorizationHandlerProvider>(),
            own.GetService<IAuthorizationHandlerContextFactory>(), own.GetService<IAuthorizationEvaluator>(), own.GetService<IAuthorizationMiddlewareResultHandler>(),
            .. own.GetServices<IAuthorizationHandler>(),
        ];
        return parts.All(IsOfAspNetCore) && own.GetService<IPolicyEvaluator>() is EvaluateKnownToken;
    }

    private static bool IsOfAspNetCore(object? part)
        => part?.GetType().Assembly is { } assembly && (assembly == typeof(IAuthorizationService).Assembly || assembly == typeof(IPolicyEvaluator).Assembly);

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<TokenVerdict.Valid>() is not { } known || context.User != known.User || context.GetEndpoint() is not { } endpoint
            || _asked.GetValue(endpoint, static endpoint => new(FindOnlyRequirement(endpoint.Metadata))).Value is not { } requirement || !requirement.IsMetBy(context))
        {
            return authorize(context);
        }

        context.Items[Seen] = Seen;
        context.Features.Set<IAuthenticateResultFeature>(new Result { AuthenticateResult = known.Accepting.Result });
        return authorized(context);
    }

    /// <returns><see langword="null"/> where there is more to ask than one requirement of ours.</returns>
    private static McpOidcRequirement? FindOnlyRequirement(EndpointMetadataCollection metadata)
        => metadata.GetOrderedMetadata<AuthorizationPolicy>() is [{ Requirements: [McpOidcRequirement requirement] }]
            && metadata.GetOrderedMetadata<IAuthorizeData>().All(IsEmpty)
            && metadata.GetMetadata<IAuthorizationRequirementData>() is null && metadata.GetMetadata<IAllowAnonymous>() is null
                ? requirement
                : null;

    // Beside a policy, one that names nothing adds nothing.
    private static bool IsEmpty(IAuthorizeData data) => data is { Policy: null or "", Roles: null or "", AuthenticationSchemes: null or "" };

    /// <summary>As ASP.NET Core leaves it for the application.</summary>
    private sealed class Result : IAuthenticateResultFeature
    {
        public AuthenticateResult? AuthenticateResult { get; set; }
    }
}
