using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.DPoP;
using McpOidc.Registration;
using McpOidc.Token;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Issues the device code and the user code (RFC 8628 §3.2).</summary>
internal sealed class BeginDevice(DeviceRequests devices, Clients clients, GrantOrigins origins, Issuer issuer)
    : IOpenIddictServerHandler<HandleDeviceAuthorizationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleDeviceAuthorizationRequestContext>()
            .UseSingletonHandler<BeginDevice>()
            .SetOrder(int.MinValue + 100_000)
            .Build();

    public async ValueTask HandleAsync(HandleDeviceAuthorizationRequestContext context)
    {
        if (await clients.FindAsync(context.ClientId!, context.CancellationToken) is not { } client)
        {
            context.Reject(Errors.InvalidClient, "The client is unknown.");
            return;
        }

        var (record, deviceCode, userCode) = await devices.BeginAsync(Describe(context, client), context.CancellationToken);
        var (verification, shown) = (issuer.Endpoint(EndpointPaths.Device), UserCode.Show(userCode));
        await WriteAsync(
            context.Transaction.GetHttpRequest()!.HttpContext,
            new JsonObject
            {
                ["device_code"] = deviceCode.Value,
                ["user_code"] = shown,
                ["verification_uri"] = verification,
                ["verification_uri_complete"] = QueryHelpers.AddQueryString(verification, DeviceEndpoint.CodeParameter, shown),
                ["expires_in"] = (long)(record.EndsAt - record.CreatedAt).TotalSeconds,
                ["interval"] = record.Interval,
            }
        );
        // The codes are our own, so OpenIddict must not issue any.
        context.HandleRequest();
    }

    private DeviceRequestRecord Describe(HandleDeviceAuthorizationRequestContext context, ClientRecord client)
    {
        var resource = ResourceIndicator.Of(context.Transaction);
        return new DeviceRequestRecord
        {
            Id = "",
            Hash = "",
            ClientId = client.Id,
            ClientName = client.Metadata.ClientName,
            Publisher = client.IsDescribedByDocument ? new Uri(client.ClientId).IdnHost : null,
            Resource = resource.AskedAs,
            Scopes = [.. context.Request.GetScopes()],
            Challenge = context.Request.CodeChallenge is { Length: > 0 } challenge ? challenge : null,
            CodeKey = BoundCode.KeyOf(context.Request),
            Origin = origins.OfRequest(),
            CreatedAt = default,
            EndsAt = default,
            Interval = 0,
        };
    }

    private static Task WriteAsync(HttpContext http, JsonObject answer)
    {
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        return http.Response.WriteAsync(answer.ToJsonString(), http.RequestAborted);
    }
}
