using McpOidc.Configuration;
using McpOidc.Registration;
using McpOidc.Storage;
using McpOidc.Storage.OpenIddict;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Token;

/// <summary>
/// Begins to read what a request to the token endpoint is about, all at once: OpenIddict asks for the client, the token, the grant and the
/// person one after the other, and each would wait for the one before. Nothing is decided here; whoever asks gets what was read.
/// </summary>
internal sealed class ReadAhead(RequestDelegate next, RecordStore records, Clients clients, RefreshRotation rotation)
{
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path == EndpointPaths.Token && HttpMethods.IsPost(context.Request.Method) && context.Request.HasFormContentType)
        {
            var form = await context.Request.ReadFormAsync(context.RequestAborted);
            if (form[Parameters.RefreshToken] is [{ Length: > 0 } refreshToken] && await rotation.ReadAsync(refreshToken, context.RequestAborted) is { } token)
            {
                Begin(ReadClientAsync(form, context.RequestAborted), ReadGrantAsync(token.GrantId, context.RequestAborted));
            }
            else if (CodeReference.Read(form[Parameters.Code] is [{ Length: > 0 } value] ? value : null) is { } code)
            {
                Begin(ReadClientAsync(form, context.RequestAborted), records.RecallAsync(StoreKeys.Grant, code.GrantId, context.RequestAborted).AsTask());
            }
        }

        await next(context);
    }

    private async Task ReadClientAsync(IFormCollection form, CancellationToken cancellationToken)
    {
        if (form[Parameters.ClientId] is [{ Length: > 0 } clientId] && !Registration.MetadataDocuments.ClientIdUrl.IsUrl(clientId))
        {
            await clients.FindAsync(clientId, cancellationToken);
        }
    }

    private async Task ReadGrantAsync(string grantId, CancellationToken cancellationToken)
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
            _ = read.ContinueWith(static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
