using McpOidc.Federation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>Answers in the place of a tool, prompt or resource that needs the identity provider's token and cannot have it now: the error
/// says who can do something about it.</summary>
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
            { User: null } => "This calls an API as a person, and nobody who signed in at the identity provider stands behind this token.",
            { NeedsSignIn: true } =>
                "The identity provider gives no token that lasts, and signing in again does not help. The operator of this "
                    + "server has to look at McpOidc:IdentityProvider:Scopes: offline_access, or what the provider has instead, and the "
                    + "scopes of the API.",
            { Failure: IdentityProviderFailure.Misconfigured } =>
                "The identity provider refuses this server. The operator has to look into the log of the authorization server.",
            _ => "The identity provider does not answer at the moment. Try again later; nobody has to sign in again.",
        };
}
