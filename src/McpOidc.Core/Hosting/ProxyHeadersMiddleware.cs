using System.Net;
using McpOidc.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace McpOidc.Hosting;

/// <summary>
/// Applies the caller's scheme and address, and the path prefix, as reported by the configured proxies only. Headers are read from the
/// nearest proxy outwards, as long as each hop is a configured proxy: anything before that is untrusted. ASP.NET Core's middleware stops
/// at an unknown address before it has read the scheme, and supports only one of the two kinds of headers.
/// </summary>
internal sealed class ProxyHeadersMiddleware(RequestDelegate next, IOptions<McpOidcOptions> options, IServiceProvider services)
{
    private static readonly string[] s_headers =
    [
        ForwardedElement.Header,
        ForwardedHeadersDefaults.XForwardedForHeaderName,
        ForwardedHeadersDefaults.XForwardedProtoHeaderName,
        ForwardedHeadersDefaults.XForwardedPrefixHeaderName,
    ];

    private readonly bool _isForwarded = options.Value.ProxyHeaders == ProxyHeaders.Forwarded;
    private readonly IPNetwork[] _trusted = [.. options.Value.TrustedProxies.Select(IPNetwork.Parse)];
    private readonly HashSet<string> _prefixes = CollectPrefixes(options.Value, Roles.Of(services));

    public Task InvokeAsync(HttpContext context)
    {
        if (_trusted.Length > 0 && IsTrusted(context.Connection.RemoteIpAddress))
        {
            Read(context);
        }

        return next(context);
    }

    private void Read(HttpContext context)
    {
        var headers = context.Request.Headers;
        foreach (var element in _isForwarded ? ForwardedElement.ReadForwarded(headers) : ForwardedElement.ReadXForwarded(headers))
        {
            Apply(element, context.Request);
            if (element.Address is not { } address)
            {
                break;
            }

            ForwardedCaller.Set(context, address);
            if (!IsTrusted(address))
            {
                break;
            }
        }

        // Removed after reading, so that a later check for unconfigured proxies finds none.
        Array.ForEach(s_headers, name => headers.Remove(name));
    }

    private void Apply(ForwardedElement element, HttpRequest request)
    {
        if (element.Proto?.ToLowerInvariant() is ("http" or "https") and var scheme)
        {
            request.Scheme = scheme;
        }

        if (element.Prefix?.TrimEnd('/') is { } prefix && _prefixes.Contains(prefix))
        {
            request.PathBase = prefix;
        }
    }

    private bool IsTrusted(IPAddress? address) =>
        address is not null
        && (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) is var plain
        && Array.Exists(_trusted, network => network.Contains(plain));

    // A proxy can only have removed the beginning of one of our paths.
    private static HashSet<string> CollectPrefixes(McpOidcOptions options, IReadOnlyList<Role> roles) =>
        options
            .Resources.Select(resource => resource.Uri)
            .Append(options.Issuer)
            .Concat(roles.SelectMany(role => role.Urls))
            .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.AbsolutePath.TrimEnd('/') : "")
            .SelectMany(path => Enumerable.Range(1, path.Length).Where(i => i == path.Length || path[i] == '/').Select(i => path[..i]))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);
}
