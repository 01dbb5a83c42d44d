using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
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
        ClientMetadataValidator validator,
        Clients clients,
        RegistrationLimit limit,
        Issuer issuer,
        CancellationToken cancellationToken
    )
    {
        if (gate.FindRefusal(request) is { } refusal)
        {
            return refusal;
        }

        var (metadata, error) = await RegistrationRequest.ReadAsync(request, validator, cancellationToken);
        if (metadata is null || (error = await gate.FindObjectionAsync(metadata, clientId: null, request, cancellationToken)) is not null)
        {
            return Refuse(error!);
        }

        if (await clients.FindSharedAsync(metadata, cancellationToken) is { } known)
        {
            return Answer(StatusCodes.Status201Created, known, issuer);
        }

        if (await limit.FindRefusalAsync(request.HttpContext) is { } refused)
        {
            return refused;
        }

        if (clients.RegisterStateless(metadata) is { } made)
        {
            return Answer(StatusCodes.Status201Created, made, issuer);
        }

        return await limit.FindRefusalToStoreAsync(request.HttpContext)
            ?? Answer(StatusCodes.Status201Created, await clients.RegisterAsync(metadata, cancellationToken), issuer);
    }

    public static async Task<IResult> ReadAsync(
        string clientId,
        HttpRequest request,
        Clients clients,
        StaticClients configured,
        Issuer issuer,
        CancellationToken cancellationToken
    )
    {
        if (ResourceServers.Authenticate(request, configured))
        {
            // An id may be the URL of a document, whose slashes routing leaves as they were sent.
            return await clients.FindAsync(Uri.UnescapeDataString(clientId), cancellationToken) is { } found
                ? Answer(found)
                : new OAuthError(StatusCodes.Status404NotFound, "invalid_client", "No client has this id.");
        }

        var (client, token) = await AuthenticateAsync(clientId, request, clients, cancellationToken);
        return client is null
            ? Unauthorized(request)
            : Answer(StatusCodes.Status200OK, new NewClient(client, Secret: null, token!), issuer);
    }

    public static async Task<IResult> UpdateAsync(
        string clientId,
        HttpRequest request,
        RegistrationGate gate,
        ClientMetadataValidator validator,
        Clients clients,
        RegistrationLimit limit,
        Issuer issuer,
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

        var (metadata, error) = await RegistrationRequest.ReadAsync(request, validator, cancellationToken);
        if (metadata is null || (error = await gate.FindObjectionAsync(metadata, clientId, request, cancellationToken)) is not null)
        {
            return Refuse(error!);
        }

        return await clients.UpdateAsync(clientId, metadata, token!, cancellationToken) is { } updated
            ? Answer(StatusCodes.Status200OK, updated, issuer)
            : new OAuthError(
                StatusCodes.Status409Conflict,
                "invalid_request",
                "The registration was changed at the same moment. Read it again."
            );
    }

    public static async Task<IResult> DeleteAsync(
        string clientId,
        HttpRequest request,
        Clients clients,
        CancellationToken cancellationToken
    )
    {
        var (client, _) = await AuthenticateAsync(clientId, request, clients, cancellationToken);
        if (client is null)
        {
            return Unauthorized(request);
        }

        if (client.SharedSince is not null)
        {
            return Shared();
        }

        await clients.DeleteAsync(clientId, isOwnWish: true, cancellationToken);
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

    private static OAuthError Unauthorized(HttpRequest request)
    {
        // The same answer for a missing token, a wrong one and an unknown client (RFC 7592 §2).
        request.HttpContext.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        return new OAuthError(
            StatusCodes.Status401Unauthorized,
            "invalid_token",
            "The registration access token is missing or not the one of this client."
        );
    }

    private static OAuthError Shared() =>
        new(
            StatusCodes.Status403Forbidden,
            "access_denied",
            "Several installations use this registration. It goes when none has used it for a while."
        );

    private static OAuthError Stateless() =>
        new(
            StatusCodes.Status403Forbidden,
            "access_denied",
            "The client id holds what was registered, so that it cannot be changed (RFC 7591 appendix A.5.2). Register again."
        );

    private static OAuthError Refuse(RegistrationError error) => new(StatusCodes.Status400BadRequest, error.Error, error.Description);

    // For an MCP server that stands between its clients and this one (the SDK's ProxyOAuthServerProvider asks by id).
    private static ClientInformation Answer(ClientRecord client)
    {
        var body = Describe(client);
        body.Remove("jwks");
        return new ClientInformation(StatusCodes.Status200OK, body);
    }

    private static JsonObject Describe(ClientRecord client)
    {
        var body = JsonSerializer.SerializeToNode(client.Metadata, RegistrationJson.Default.ClientMetadata)!.AsObject();
        body["client_id"] = client.ClientId;
        body["client_id_issued_at"] = client.CreatedAt.ToUnixTimeSeconds();
        return body;
    }

    private static ClientInformation Answer(int status, NewClient registered, Issuer issuer)
    {
        var client = registered.Client;
        var body = Describe(client);
        // Always: Claude gives up on a registration without it (twentyhq/twenty#19858), although RFC 7592 §3 has it together with the token
        // only.
        body["registration_client_uri"] = issuer.Endpoint($"{EndpointPaths.Register}/{client.ClientId}");
        if (registered.RegistrationToken is { } token)
        {
            body["registration_access_token"] = token;
        }

        if (registered.Secret is { } secret)
        {
            body["client_secret"] = secret;
        }

        if (client.SecretHash is not null)
        {
            body["client_secret_expires_at"] = 0;
        }

        return new ClientInformation(status, body);
    }

    private sealed record ClientInformation(int Status, JsonObject Body) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = Status;
            httpContext.Response.ContentType = "application/json";
            httpContext.Response.Headers.CacheControl = "no-store";
            return httpContext.Response.WriteAsync(Body.ToJsonString(), httpContext.RequestAborted);
        }
    }
}
