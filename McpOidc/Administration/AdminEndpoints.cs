using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Administration;

/// <summary>What an operator does over HTTP, and the AppHost's dashboard by its buttons.</summary>
internal static class AdminEndpoints
{
    public static void Map(IEndpointRouteBuilder endpoints)
    {
        var admin = endpoints.MapGroup(EndpointPaths.Admin).AddEndpointFilter(endpoints.ServiceProvider.GetRequiredService<AdminGate>());
        admin.MapPost(EndpointPaths.AdminRotateKeys, RotateKeysAsync);
        admin.MapPost(EndpointPaths.AdminRevokeSessions, RevokeSessionsAsync);
        admin.MapPost(EndpointPaths.AdminReapClients, ReapClientsAsync);
    }

    private static async Task<IResult> RotateKeysAsync(SigningKeyAdministration keys, CancellationToken cancellationToken)
        => TypedResults.Ok(new { keys = (await keys.RotateAsync(cancellationToken)).Select(key => new { kid = key.KeyId, alg = key.Algorithm, signs_from = key.SignsFrom, active = key.IsActive }) });

    private static async Task<IResult> RevokeSessionsAsync(SessionAdministration sessions, CancellationToken cancellationToken)
        => TypedResults.Ok(new { revoked = await sessions.RevokeAllAsync(cancellationToken) });

    private static async Task<IResult> ReapClientsAsync(ClientAdministration clients, CancellationToken cancellationToken)
        => TypedResults.Ok(new { reaped = await clients.ReapAsync(cancellationToken) });
}
