using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;

namespace McpOidc.Hosting;

/// <summary>Distinguishes a caller whose address a proxy reported from one that is connected directly.</summary>
internal static class ForwardedCaller
{
    private sealed class Marker;

    /// <summary>Uses the address reported by a trusted proxy.</summary>
    public static void Set(HttpContext context, IPAddress address)
    {
        context.Connection.RemoteIpAddress = address;
        context.Features.Set(new Marker());
    }

    /// <summary>Whether the caller's address was reported by a proxy; also detects the application's own middleware, which leaves a
    /// header.</summary>
    public static bool Is(HttpContext context) =>
        context.Features.Get<Marker>() is not null || context.Request.Headers.ContainsKey(ForwardedHeadersDefaults.XOriginalForHeaderName);
}
