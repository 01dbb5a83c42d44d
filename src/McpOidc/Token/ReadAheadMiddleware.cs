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
/// Starts to read everything that a request to the token endpoint needs, in parallel: OpenIddict would read the client, the token, the
/// grant and the user one after the other. Nothing is decided here; later reads get these results. At the authorization endpoint,
/// <see cref="Authorization.ResumeInteraction"/> does the same.
/// </summary>
internal sealed class ReadAheadMiddleware(
    RequestDelegate next,
    RecordStore records,
    Clients clients,
    RefreshTokenReader reader,
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
            && await reader.ReadAsync(refreshToken, cancellationToken) is { } token
        )
        {
            records.ReadAhead(
                cancellationToken,
                [StoreKeys.Grant.Key(token.GrantId), .. ClientKeys(form[Parameters.ClientId]), .. UserKeys(token)]
            );
        }
        // An invented token is not worth a read before its sender is known to be within limits.
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

    private static IEnumerable<string> UserKeys(RefreshToken token) => token.Subject is { } subject ? [StoreKeys.User.Key(subject)] : [];
}
