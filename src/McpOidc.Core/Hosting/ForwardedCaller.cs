using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;

namespace McpOidc.Hosting;

/// <summary>Tells a caller whose address somebody else named from one that is connected to this process.</summary>
internal static class ForwardedCaller
{
    private sealed class Marker;

    /// <summary>Takes the address that somebody who is believed named.</summary>
    public static void Set(HttpContext context, IPAddress address)
    {
        context.Connection.RemoteIpAddress = address;
        context.Features.Set(new Marker());
    }

    /// <summary>Whether the caller's address was named; by the application's own middleware too, which leaves a header.</summary>
    public static bool Is(HttpContext context) =>
        context.Features.Get<Marker>() is not null || context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XOriginalForHeaderName);
}
