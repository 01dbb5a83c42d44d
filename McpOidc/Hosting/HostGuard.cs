using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Refuses requests addressed to a host that is not ours: a page on the web that rebinds its name to this machine would otherwise talk to
/// a local server as if it were its own (DNS rebinding).
/// </summary>
internal sealed class HostGuard(RequestDelegate next, IOptions<McpOidcOptions> options, IOptions<ProtectionOptions> protection)
{
    private static readonly string[] s_loopbackNames = ["localhost", "127.0.0.1", "[::1]"];
    private readonly HashSet<string> _allowed = Collect(options.Value, protection.Value);

    public Task InvokeAsync(HttpContext context)
        // Probes of an orchestrator come to the address of the container.
        => _allowed.Contains(context.Request.Host.Host) || context.Request.Path.Value is "/health" or "/alive"
            ? next(context)
            : new OAuthError(StatusCodes.Status421MisdirectedRequest, "invalid_request", "This server does not answer for the requested host. The operator can allow it by McpOidc:AllowedHosts.").ExecuteAsync(context);

    private static HashSet<string> Collect(McpOidcOptions options, ProtectionOptions protection)
    {
        var urls = options.Resources.Select(resource => resource.Uri).Append(options.Issuer).Append(protection.Resource);
        var hosts = urls.Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null).OfType<Uri>().ToList();
        var allowed = new HashSet<string>(hosts.Select(uri => uri.Host).Concat(options.AllowedHosts), StringComparer.OrdinalIgnoreCase);
        if (hosts.Any(UrlRules.IsLoopback))
        {
            allowed.UnionWith(s_loopbackNames);
        }

        return allowed;
    }
}
