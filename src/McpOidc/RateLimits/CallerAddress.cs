using System.Net;
using System.Net.Sockets;
using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.RateLimits;

/// <summary>
/// The address by which limits distinguish callers. An IPv6 address counts by its /64, which one household has. A loopback address is a
/// proxy missing in <c>TrustedProxies</c>, or a program on this machine; a loopback address reported by a proxy is treated like any other.
/// </summary>
internal sealed class CallerAddress(IOptions<RateLimitOptions> options)
{
    private const int PrefixBytes = 8;
    private const int NetworkDigits = 12;
    private readonly IPNetwork[] _shared = [.. options.Value.SharedEgress.Select(IPNetwork.Parse)];

    /// <summary>The key for limits by address; <see langword="null"/> if they do not apply.</summary>
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

    /// <summary>The IPv6 network (/48) of a key from <see cref="KeyOf"/>, to which a line may have been added to count separately;
    /// <see langword="null"/> for IPv4.</summary>
    public static string? NetworkOf(string key) =>
        key.Split('\n', 2) is [{ Length: PrefixBytes * 2 } address, .. var purpose] && address.All(char.IsAsciiHexDigit)
            ? string.Join('\n', [address[..NetworkDigits], .. purpose])
            : null;
}
