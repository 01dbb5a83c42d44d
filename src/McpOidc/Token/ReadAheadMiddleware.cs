using McpOidc.Authorization;
using McpOidc.Hosting;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Storage.OpenIddict;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>
/// Begins to read what a request to the token or the authorization endpoint is about, all at once: OpenIddict asks for the client, the
/// token, the grant and the person one after the other, and each would wait for the one before. Nothing is decided here; whoever asks gets
/// what was read.
/// </summary>
internal sealed class ReadAheadMiddleware(
    RequestDelegate next,
    RecordStore records,
    Clients clients,
    BrowserSessions sessions,
    RefreshRotation rotation
)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var own = context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>();
        if (
            own is { IsReadAhead: true, Caller: Caller.Program }
            && HttpMethods.IsPost(context.Request.Method)
            && context.Request.HasFormContentType
        )
        {
            await BeginTokenRequestAsync(await context.Request.ReadFormAsync(context.RequestAborted), context.RequestAborted);
        }
        else if (
            own is { IsReadAhead: true, Caller: Caller.Browser }
            && !context.Request.Query.ContainsKey(ResumeInteraction.Parameter)
            && sessions.KeyOf(context) is { } session
        )
        {
            records.ReadAhead(context.RequestAborted, [session, .. ClientKeys(context.Request.Query[Parameters.ClientId])]);
            Begin(ReadUserOfAsync(context));
        }

        await next(context);
    }

    private async Task BeginTokenRequestAsync(IFormCollection form, CancellationToken cancellationToken)
    {
        if (
            form[Parameters.RefreshToken] is [{ Length: > 0 } refreshToken]
            && await rotation.ReadAsync(refreshToken, cancellationToken) is { } token
        )
        {
            records.ReadAhead(cancellationToken, [StoreKeys.Grant.Key(token.GrantId), .. ClientKeys(form[Parameters.ClientId])]);
            Begin(ReadUserOfAsync(token.GrantId, cancellationToken));
        }
        else if (CodeReference.Read(form[Parameters.Code] is [{ Length: > 0 } value] ? value : null) is { } code)
        {
            records.ReadAhead(cancellationToken, [StoreKeys.Grant.Key(code.GrantId), .. ClientKeys(form[Parameters.ClientId])]);
        }
    }

    private IEnumerable<string> ClientKeys(StringValues given) =>
        given is [{ Length: > 0 } clientId] && clients.KeyOf(clientId) is { } key ? [key] : [];

    private async Task ReadUserOfAsync(string grantId, CancellationToken cancellationToken)
    {
        if (await records.RecallAsync(StoreKeys.Grant, grantId, cancellationToken) is { } grant)
        {
            await records.RecallAsync(StoreKeys.User, grant.Value.Subject, cancellationToken);
        }
    }

    private async Task ReadUserOfAsync(HttpContext context)
    {
        if (await sessions.FindAsync(context, context.RequestAborted) is { } session)
        {
            await records.RecallAsync(StoreKeys.User, session.Subject, context.RequestAborted);
        }
    }

    /// <summary>Goes on while the reads are under way. One that fails is begun anew by whoever needs it, and fails there.</summary>
    private static void Begin(params Task[] reads)
    {
        foreach (var read in reads)
        {
            _ = read.ContinueWith(
                static failed => _ = failed.Exception,
                CancellationToken.None,
                TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default
            );
        }
    }
}
