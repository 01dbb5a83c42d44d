using McpOidc.Hosting;
using McpOidc.Storage;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Keys;

/// <summary>Has requests answered 503 while the store is away that was away at start already: there are no keys to sign with.</summary>
internal sealed class KeysAwaitedMiddleware(RequestDelegate next, SigningKeyRing ring)
{
    public Task InvokeAsync(HttpContext context) =>
        ring.IsLoaded || !OwnEndpointExtensions.IsOurs(context)
            ? next(context)
            : throw new StoreUnavailableException("The signing keys are not read yet: the store has been away since the start.");
}
