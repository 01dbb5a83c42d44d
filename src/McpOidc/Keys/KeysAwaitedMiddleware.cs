using McpOidc.Hosting;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Keys;

/// <summary>Answers 503 while the store has been unreachable since the start: there are no keys to sign with.</summary>
internal sealed class KeysAwaitedMiddleware(RequestDelegate next, SigningKeyRing ring)
{
    public Task InvokeAsync(HttpContext context) =>
        ring.IsLoaded || !OwnEndpointExtensions.IsOurs(context)
            ? next(context)
            : throw new StoreUnavailableException("The signing keys have not been read: the store has been unreachable since the start.");
}
