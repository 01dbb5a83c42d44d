using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.DevIdp;

/// <summary>Modifies the response to a refresh as a test requested.</summary>
internal sealed class ApplyFaults(DevIdpFaults faults) : IOpenIddictServerHandler<ApplyTokenResponseContext>
{
    private const string StatusProperty = "DevIdp.Status";

    public static void Fail(OpenIddictServerTransaction transaction, int status) =>
        transaction.SetProperty(StatusProperty, new StrongStatus(status));

    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (context.Request?.IsRefreshTokenGrantType() != true)
        {
            return default;
        }

        if (context.Transaction.GetProperty<StrongStatus>(StatusProperty) is { Status: >= 500 } failure)
        {
            // During an outage there is no OAuth error.
            context.Transaction.GetHttpRequest()!.HttpContext.Response.StatusCode = failure.Status;
            context.HandleRequest();
        }
        else if (faults.OmitRefreshToken)
        {
            context.Response.RefreshToken = null;
        }
        else if (faults.EmptyRefreshToken)
        {
            context.Response["refresh_token"] = new OpenIddictParameter("");
        }

        return default;
    }

    private sealed record StrongStatus(int Status);
}
