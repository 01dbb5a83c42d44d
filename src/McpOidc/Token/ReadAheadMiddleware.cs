using McpOidc.Hosting;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Storage.OpenIddict;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>
/// Begins to read what a request to the token endpoint is about, all at once: OpenIddict asks for the client, the token, the grant and the
/// person one after the other, and each would wait for the one before. Nothing is decided here; whoever asks gets what was read. At the
/// authorization endpoint <see cref="Authorization.ResumeInteraction"/> does so.
/// </summary>
internal sealed class ReadAheadMiddleware(
    RequestDelegate next,
    RecordStore records,
    Clients clients,
    RefreshRotation rotation,
    IRootKeys keys
)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var own = context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>();
        if (own is { IsReadAhead: true } && HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType)
        {
            await BeginTokenRequestAsync(await context.Request.ReadFormAsync(context.RequestAborted), context.RequestAborted);
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
        // What somebody made up is not worth a look before it is known whether its sender may go on.
        else if (
            form[Parameters.Code] is [{ Length: > 0 } value]
            && CodeReference.Read(value) is { } code
            && CodeReference.IsOurs(value, await keys.DeriveAsync(KeyPurpose.AuthorizationCodeMac, cancellationToken))
        )
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

    /// <summary>Goes on while the reads are under way. One that fails is begun anew by whoever needs it, and fails there.</summary>
    public static void Begin(params Task[] reads)
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
