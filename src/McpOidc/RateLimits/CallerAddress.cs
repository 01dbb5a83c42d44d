using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>
/// The address of a caller as far as it tells callers apart. An IPv6 address counts by its /64, which is what one household has. An
/// address of loopback is a proxy that nobody named in <c>TrustedProxies</c>, or somebody at this machine; one that a proxy names is a
/// caller's like any other.
/// </summary>
internal sealed class CallerAddress(IOptions<RateLimitOptions> options)
{
    private const int PrefixBytes = 8;
    private const int NetworkDigits = 12;
    private readonly IPNetwork[] _shared = [.. options.Value.SharedEgress.Select(IPNetwork.Parse)];

    /// <summary>What the limits by address count by; <see langword="null"/> where they do not hold.</summary>
    public string? KeyOf(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is not { } address)
        {
            return null;
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return (IPAddress.IsLoopback(address) && !ForwardedCaller.Is(context)) || _shared.Any(network => network.Contains(address)) ? null
            : address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, PrefixBytes))
            : address.ToString();
    }

    /// <summary>The IPv6 network (/48) around what <see cref="KeyOf"/> gave; <see langword="null"/> for IPv4.</summary>
    public static string? NetworkOf(string key) =>
        key.Length == PrefixBytes * 2 && key.All(char.IsAsciiHexDigit) ? key[..NetworkDigits] : null;
}
