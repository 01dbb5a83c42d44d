using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Keys;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Registration;

/// <summary>Tells a client how it is registered: all that holds for it, defaults included (RFC 7591 §3.2.1, RFC 7592 §3).</summary>
internal sealed class RegistrationAnswer(Issuer issuer, SigningAlgorithms algorithms)
{
    public IResult Of(int status, NewClient registered)
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

    /// <summary>For an MCP server that stands between its clients and this one (the SDK's ProxyOAuthServerProvider asks by id): what is
    /// known of a client, and nothing that the client proves itself with.</summary>
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
        body["client_id_issued_at"] = client.CreatedAt.ToUnixTimeSeconds();
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
