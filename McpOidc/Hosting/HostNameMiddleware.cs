using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Protection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Refuses requests to endpoints of ours that are addressed to another host: a page on the web that rebinds its name to this machine would
/// otherwise talk to a local server as if it were its own (DNS rebinding).
/// </summary>
internal sealed class HostNameMiddleware(
    RequestDelegate next,
    IOptions<McpOidcOptions> options,
    IOptions<ResourceServerOptions> resourceServer,
    ProtectedResources resources
)
{
    private static readonly OAuthError s_misdirected = new(
        StatusCodes.Status421MisdirectedRequest,
        "invalid_request",
        "This server does not answer for the requested host. The operator can allow it by McpOidc:AllowedHosts."
    );

    private static readonly string[] s_loopbackNames = ["localhost", "127.0.0.1", "[::1]"];
    private readonly HashSet<string> _allowed = Collect(options.Value, resourceServer.Value);

    public Task InvokeAsync(HttpContext context) =>
        _allowed.Contains(context.Request.Host.Host) || !IsOurs(context) ? next(context) : s_misdirected.ExecuteAsync(context);

    private bool IsOurs(HttpContext context) => OwnEndpointExtensions.IsOurs(context) || resources.At(context.Request) is not null;

    private static HashSet<string> Collect(McpOidcOptions options, ResourceServerOptions resourceServer)
    {
        var urls = options
            .Resources.Select(resource => resource.Uri)
            .Append(options.Issuer)
            .Concat(ProtectedResources.Described(resourceServer).Select(resource => resource.Options.Resource));
        var hosts = urls.Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null).OfType<Uri>().ToList();
        var allowed = new HashSet<string>(hosts.Select(uri => uri.Host).Concat(options.AllowedHosts), StringComparer.OrdinalIgnoreCase);
        if (hosts.Any(UrlRules.IsLoopback))
        {
            allowed.UnionWith(s_loopbackNames);
        }

        return allowed;
    }
}
