using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>The response to a registration: everything that applies to the client, including defaults (RFC 7591 §3.2.1, RFC 7592
/// §3).</summary>
internal sealed class RegistrationAnswer(Issuer issuer, SigningAlgorithms algorithms)
{
    /// <param name="status">The status code.</param>
    /// <param name="registered">The client.</param>
    /// <param name="scope">The scopes of the request, which are not stored, for a client that needs them in the response.</param>
    public IResult Of(int status, NewClient registered, string? scope = null)
    {
        var client = registered.Client;
        var body = Describe(client);
        if (scope is not null)
        {
            body["scope"] = scope;
        }

        // Always present: Claude abandons a registration without it (twentyhq/twenty#19858), although RFC 7592 §3 requires it only
        // together with the token.
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

    /// <summary>For an MCP server between its clients and this server (the SDK's ProxyOAuthServerProvider looks clients up by id): a
    /// client's metadata, without credentials.</summary>
    public IResult ForResourceServer(ClientRecord client)
    {
        var body = Describe(client);
        body.Remove("jwks");
        return new ClientInformation(StatusCodes.Status200OK, body);
    }

    private JsonObject Describe(ClientRecord client)
    {
        var body = JsonSerializer.SerializeToNode(client.Metadata, RegistrationJson.Default.ClientMetadata)!.AsObject();
        body["id_token_signed_response_alg"] = algorithms.For(client.Metadata.IdTokenSignedResponseAlg);
        body["client_id"] = client.ClientId;
        if (client.CreatedAt is { } since)
        {
            body["client_id_issued_at"] = since.ToUnixTimeSeconds();
        }

        return body;
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
