using McpOidc.Federation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>Answers instead of a tool, prompt or resource whose identity provider token is currently unavailable; the error says who can
/// help.</summary>
internal sealed class TokenFilterSetup(ProtectedResources resources, IdentityProviderTokens tokens, IHttpContextAccessor current)
    : IConfigureOptions<McpServerOptions>
{
    public void Configure(McpServerOptions options)
    {
        var filters = options.Filters.Request;
        filters.CallToolFilters.Add(next =>
            async (context, cancellationToken) =>
                await FindProblemAsync(context, cancellationToken) is { } problem
                    ? new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = problem }] }
                    : await next(context, cancellationToken)
        );
        filters.GetPromptFilters.Add(Demand<GetPromptRequestParams, GetPromptResult>);
        filters.ReadResourceFilters.Add(Demand<ReadResourceRequestParams, ReadResourceResult>);
    }

    private McpRequestHandler<TParams, TResult> Demand<TParams, TResult>(McpRequestHandler<TParams, TResult> next) =>
        async (context, cancellationToken) =>
            await FindProblemAsync(context, cancellationToken) is { } problem
                ? throw new McpException(problem)
                : await next(context, cancellationToken);

    private async ValueTask<string?> FindProblemAsync<TParams>(RequestContext<TParams> context, CancellationToken cancellationToken)
    {
        var http = current.HttpContext;
        if (
            context.MatchedPrimitive is not { } primitive
            || context.User is not { } user
            || !PrimitiveTokens.Needs(http is null ? null : resources.Of(http), primitive)
        )
        {
            return null;
        }

        return Describe(TokenNeed.Of(http)?.Held ?? await tokens.FindAsync(user, cancellationToken));
    }

    private static string? Describe(HeldTokens held) =>
        held switch
        {
            { Tokens: not null } => null,
            { User: null } => "This calls an API as a user, but the access token does not belong to a user of the identity provider.",
            { User.HasNoTokens: true } =>
                "This calls an API with a token of the identity provider, but users sign in at an application that issues none. Signing "
                    + "in again does not help. The operator of this server has to configure an identity provider that issues tokens for "
                    + "the API.",
            { NeedsSignIn: true } =>
                "The identity provider issues no lasting token, and signing in again does not help. The operator of this "
                    + "server should check McpOidc:IdentityProvider:Scopes for offline_access, or the provider's equivalent, and for the "
                    + "scopes of the API.",
            { Failure: IdentityProviderFailure.Misconfigured } =>
                "The identity provider rejects this server. The authorization server's log tells the operator why.",
            _ => "The identity provider is not responding. Try again later; there is no need to sign in again.",
        };
}
