using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Telemetry;

/// <summary>By what the lines of one request are found again: the W3C trace id, or the request's own id where nothing is traced.</summary>
internal static class RequestTrace
{
    public static string? Of(HttpContext? context) => Activity.Current?.TraceId.ToString() ?? context?.TraceIdentifier;
}
