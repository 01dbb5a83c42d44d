using System.Net;
using System.Net.Sockets;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Distinguishes public addresses from those with a special purpose (RFC 6890 and the IANA registries that update it).</summary>
internal static class PublicAddress
{
    private static readonly IPNetwork s_globalUnicast = IPNetwork.Parse("2000::/3");

    private static readonly IPNetwork[] s_specialUse =
    [
        .. new[]
        {
            "0.0.0.0/8", // this network
            "10.0.0.0/8", // private
            "100.64.0.0/10", // carriers' NAT
            "127.0.0.0/8", // loopback
            "168.63.129.16/32", // public by number, but Azure's host answers there inside every virtual machine
            "169.254.0.0/16", // link-local, and the metadata services of clouds
            "172.16.0.0/12", // private
            "192.0.0.0/24", // protocol assignments
            "192.0.2.0/24", // documentation
            "192.31.196.0/24", // AS112
            "192.52.193.0/24", // AMT
            "192.88.99.0/24", // 6to4 relays
            "192.168.0.0/16", // private
            "192.175.48.0/24", // AS112
            "198.18.0.0/15", // benchmarks
            "198.51.100.0/24", // documentation
            "203.0.113.0/24", // documentation
            "224.0.0.0/4", // multicast
            "240.0.0.0/4", // reserved, and broadcast
            "2001::/23", // protocol assignments, Teredo among them
            "2001:db8::/32", // documentation
            "2002::/16", // 6to4: wraps any IPv4 address
            "2620:4f:8000::/48", // AS112
            "3fff::/20", // documentation
        }.Select(network => IPNetwork.Parse(network)),
    ];

    public static bool Is(IPAddress address)
    {
        // ::ffff:10.0.0.1 reaches 10.0.0.1.
        var reached = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        // Only this IPv6 block is assigned for public use: unique local, link-local, multicast, loopback and NAT64 addresses are all
        // outside it.
        return (reached.AddressFamily == AddressFamily.InterNetwork || s_globalUnicast.Contains(reached))
            && !s_specialUse.Any(network => network.Contains(reached));
    }
}
