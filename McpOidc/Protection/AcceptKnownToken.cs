using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Protection;

/// <summary>
/// The short way of a token that was verified before, which is nearly every request: the same questions as <see cref="BearerTokenHandler"/>
/// asks, without the making of a handler. Whatever it cannot accept at once goes the long way, which also says what is wrong.
/// </summary>
internal sealed class AcceptKnownToken(RequestDelegate authenticate, RequestDelegate authenticated, TokenVerifier verifier)
{
    /// <summary>Whether nothing that the application has added to authentication would be left out: it may change what a token says of a person.</summary>
    public static bool IsEnoughFor(IServiceProvider services)
    {
        using var scope = services.CreateScope();
        return scope.ServiceProvider.GetService<IClaimsTransformation>() is null or NoopClaimsTransformation;
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<McpOidcRequirement>() is null
            || context.Request.Headers.Authorization is not [{ } header] || BearerCredentials.Read(header) is not { IsBearer: true } credentials
            || credentials.Token.Length is 0 or > TokenVerifier.MaximumTokenLength)
        {
            return authenticate(context);
        }

        var recalling = verifier.RecallAsync(SentToken.HashOf(context, header, credentials.Token.Span), context.RequestAborted);
        return recalling.IsCompletedSuccessfully ? Continue(context, recalling.Result) : ContinueAsync(context, recalling);
    }

    private async Task ContinueAsync(HttpContext context, ValueTask<TokenVerdict.Valid?> recalling) => await Continue(context, await recalling);

    private Task Continue(HttpContext context, TokenVerdict.Valid? known)
    {
        if (known is null)
        {
            return authenticate(context);
        }

        context.Features.Set(known);
        context.User = known.User;
        return authenticated(context);
    }
}
