using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Telemetry;

/// <summary>Identifies the log lines of one request: the W3C trace id, or the request's own id without tracing.</summary>
internal static class RequestTrace
{
    public static string? Of(HttpContext? context) => Activity.Current?.TraceId.ToString() ?? context?.TraceIdentifier;
}
