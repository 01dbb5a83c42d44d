using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace McpOidc.Hosting;

/// <summary>
/// Rejects requests to McpOidc endpoints that are addressed to another host. Otherwise a web page that rebinds its name to this machine
/// could use a local server as its own origin (DNS rebinding). With the process guards it checks all requests, except to endpoints that
/// declare their hosts (<c>RequireHost</c>): an orchestrator probes the container by its address.
/// </summary>
internal sealed class HostNameMiddleware(
    RequestDelegate next,
    IOptions<McpOidcOptions> options,
    IServiceProvider services,
    ProcessGuards? guards = null
)
{
    private static readonly OAuthError s_misdirected = new(
        StatusCodes.Status421MisdirectedRequest,
        "invalid_request",
        "This server does not serve the requested host. The operator can allow it with McpOidc:AllowedHosts."
    );

    private static readonly string[] s_loopbackNames = ["localhost", "127.0.0.1", "[::1]"];
    private readonly IReadOnlyList<Role> _roles = Roles.Of(services);
    private readonly HashSet<string> _allowed = Collect(options.Value, Roles.Of(services));

    public Task InvokeAsync(HttpContext context) =>
        _allowed.Contains(context.Request.Host.Host) || !IsGuarded(context) ? next(context) : s_misdirected.ExecuteAsync(context);

    private bool IsGuarded(HttpContext context) =>
        guards is not null
            ? context.GetEndpoint()?.Metadata.GetMetadata<IHostMetadata>() is null
            : OwnEndpointExtensions.IsOurs(context) || _roles.Any(role => role.Owns(context.Request));

    private static HashSet<string> Collect(McpOidcOptions options, IReadOnlyList<Role> roles)
    {
        var urls = options.Resources.Select(resource => resource.Uri).Append(options.Issuer).Concat(roles.SelectMany(role => role.Urls));
        var hosts = urls.Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri : null).OfType<Uri>().ToList();
        var allowed = new HashSet<string>(hosts.Select(uri => uri.Host).Concat(options.AllowedHosts), StringComparer.OrdinalIgnoreCase);
        if (hosts.Any(UrlRules.IsLoopback))
        {
            allowed.UnionWith(s_loopbackNames);
        }

        return allowed;
    }
}
