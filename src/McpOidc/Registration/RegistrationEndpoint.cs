using McpOidc.ErrorResponses;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>Dynamic Client Registration: <c>POST /register</c> (RFC 7591), then GET, PUT and DELETE of the registration (RFC
/// 7592).</summary>
internal static class RegistrationEndpoint
{
    public static async Task<IResult> RegisterAsync(
        HttpRequest request,
        RegistrationGate gate,
        RegistrationRequest registration,
        ClientRegistration clients,
        RegistrationLimit limit,
        RegistrationAnswer answer,
        CancellationToken cancellationToken
    )
    {
        if (gate.FindRefusal(request) is { } refusal)
        {
            return refusal;
        }

        var (metadata, error) = await registration.ReadAsync(request, client: null, cancellationToken);
        if (metadata is null || (error = await gate.FindObjectionAsync(metadata, clientId: null, request, cancellationToken)) is not null)
        {
            return Refuse(error!);
        }

        if (await clients.FindSharedAsync(metadata, cancellationToken) is { } known)
        {
            return answer.Of(StatusCodes.Status201Created, known, NeededScope(metadata));
        }

        if (await limit.FindRefusalAsync(request.HttpContext) is { } refused)
        {
            return refused;
        }

        if (clients.RegisterStateless(metadata) is { } made)
        {
            return answer.Of(StatusCodes.Status201Created, made, NeededScope(metadata));
        }

        return await limit.FindRefusalToStoreAsync(request.HttpContext)
            ?? answer.Of(StatusCodes.Status201Created, await clients.RegisterAsync(metadata, cancellationToken));
    }

    public static async Task<IResult> ReadAsync(
        string clientId,
        HttpRequest request,
        Clients clients,
        StaticClients configured,
        RegistrationAnswer answer,
        CancellationToken cancellationToken
    )
    {
        if (ResourceServers.Authenticate(request, configured))
        {
            // An id may be the URL of a document, in which routing keeps slashes as sent.
            return await clients.FindAsync(Uri.UnescapeDataString(clientId), cancellationToken) is { } found
                ? answer.ForResourceServer(found)
                : new OAuthError(StatusCodes.Status404NotFound, "invalid_client", "There is no client with this id.");
        }

        var (client, token) = await AuthenticateAsync(clientId, request, clients, cancellationToken);
        return client is null ? Unauthorized(request) : answer.Of(StatusCodes.Status200OK, new NewClient(client, Secret: null, token!));
    }

    public static async Task<IResult> UpdateAsync(
        string clientId,
        HttpRequest request,
        RegistrationGate gate,
        RegistrationRequest registration,
        Clients clients,
        RegistrationManagement management,
        RegistrationLimit limit,
        RegistrationAnswer answer,
        CancellationToken cancellationToken
    )
    {
        var (client, token) = await AuthenticateAsync(clientId, request, clients, cancellationToken);
        if (client is null)
        {
            return Unauthorized(request);
        }

        if (client.SharedSince is not null || client.IsStateless)
        {
            return client.SharedSince is not null ? Shared() : Stateless();
        }

        if (await limit.FindRefusalOfChangeAsync(request.HttpContext, clientId) is { } refusal)
        {
            return refusal;
        }

        var (metadata, error) = await registration.ReadAsync(request, client, cancellationToken);
        if (metadata is null || (error = await gate.FindObjectionAsync(metadata, clientId, request, cancellationToken)) is not null)
        {
            return Refuse(error!);
        }

        return await management.UpdateAsync(clientId, metadata, token!, cancellationToken) is { } updated
            ? answer.Of(StatusCodes.Status200OK, updated)
            : new OAuthError(StatusCodes.Status409Conflict, "invalid_request", "The registration was changed concurrently. Read it again.");
    }

    public static async Task<IResult> DeleteAsync(
        string clientId,
        HttpRequest request,
        Clients clients,
        SharedClients shared,
        RegistrationManagement management,
        CancellationToken cancellationToken
    )
    {
        var (client, _) = await AuthenticateAsync(clientId, request, clients, cancellationToken);
        if (client is null)
        {
            return Unauthorized(request);
        }

        if (shared.MayBeOfOthers(client))
        {
            return Shared();
        }

        await management.DeleteAsync(clientId, isOwnWish: true, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<(ClientRecord? Client, string? Token)> AuthenticateAsync(
        string clientId,
        HttpRequest request,
        Clients clients,
        CancellationToken cancellationToken
    )
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return (null, null);
        }

        var token = header["Bearer ".Length..].Trim();
        var client = await clients.FindRegisteredAsync(clientId, cancellationToken);
        return OpaqueToken.Matches(token, client?.RegistrationTokenHash) ? (client, token) : (null, null);
    }

    // A hint that is not kept, and so not part of the response; but oidc-agent, which registers under this name, goes on only with it.
    private static string? NeededScope(ClientMetadata metadata) =>
        metadata.ClientName?.StartsWith("oidc-agent:", StringComparison.Ordinal) == true ? metadata.Scope : null;

    private static OAuthError Unauthorized(HttpRequest request)
    {
        // The same response for a missing token, a wrong one and an unknown client (RFC 7592 §2).
        request.HttpContext.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return new OAuthError(
            StatusCodes.Status401Unauthorized,
            "invalid_token",
            "The registration access token is missing or does not belong to this client."
        );
    }

    private static OAuthError Shared() =>
        new(
            StatusCodes.Status403Forbidden,
            "access_denied",
            "Several installations share this registration. It expires when it is no longer used."
        );

    private static OAuthError Stateless() =>
        new(
            StatusCodes.Status403Forbidden,
            "access_denied",
            "The client id contains the registration, so it cannot be changed (RFC 7591 appendix A.5.2). Register again."
        );

    private static OAuthError Refuse(RegistrationError error) => new(StatusCodes.Status400BadRequest, error.Error, error.Description);
}
