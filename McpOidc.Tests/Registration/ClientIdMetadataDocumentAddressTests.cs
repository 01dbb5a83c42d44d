using System.Net;
using McpOidc.Registration.MetadataDocuments;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration;

/// <summary>The addresses from which documents are fetched at all (security cases F03, F04, F07 to F09, F21, F23).</summary>
public sealed class ClientIdMetadataDocumentAddressTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    public static TheoryData<string> SpecialUse =>
        [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.31.196.1",
            "192.52.193.1",
            "192.88.99.1",
            "192.168.1.1",
            "192.175.48.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::10.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "2620:4f:8000::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];

    [Theory]
    [MemberData(nameof(SpecialUse))]
    public async Task A_host_on_a_special_use_address_is_never_connected_to(string address)
    {
        var url = fixture.Publish();
        fixture.Transport.Map(new Uri(url).Host, () => [IPAddress.Parse(address)]);
        await fixture.AssertRefusedAsync(url, "not on the public Internet");
        Assert.DoesNotContain(IPAddress.Parse(address), fixture.Transport.Connected);
        Assert.Empty(fixture.Host.RequestsFor(url));
    }

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.1")]
    [InlineData("198.17.255.255")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700::1111")]
    [InlineData("2a00:1450::1")]
    [InlineData("::ffff:1.1.1.1")]
    public void The_neighbors_of_reserved_address_ranges_are_public(string address) =>
        Assert.True(PublicAddress.Is(IPAddress.Parse(address)));

    [Fact]
    public async Task One_internal_address_among_public_ones_is_enough_for_refusal()
    {
        var url = fixture.Publish();
        fixture.Transport.Map(new Uri(url).Host, () => [FixtureTransport.PublicAddress, IPAddress.Parse("10.0.0.1")]);
        await fixture.AssertRefusedAsync(url, "not on the public Internet");
        Assert.Empty(fixture.Host.RequestsFor(url));
    }

    [Fact]
    public async Task The_name_is_resolved_once_and_the_connection_goes_to_the_address_that_was_checked()
    {
        var url = fixture.Publish();
        var host = new Uri(url).Host;
        var seen = IPAddress.Parse("93.184.215.99");
        var rebinding = new Queue<IPAddress>([seen, IPAddress.Loopback, IPAddress.Loopback]);
        fixture.Transport.Map(host, () => [rebinding.Dequeue()]);

        await fixture.AssertAcceptedAsync(url);
        Assert.Single(fixture.Transport.Resolved, host);
        Assert.Contains(seen, fixture.Transport.Connected);
        Assert.DoesNotContain(IPAddress.Loopback, fixture.Transport.Connected);
    }

    [Theory]
    [InlineData("http://client.example/a")]
    [InlineData("https://client.example")]
    [InlineData("https://client.example/")]
    [InlineData("https://client.example/a#fragment")]
    [InlineData("https://client.example/a#")]
    [InlineData("https://user@client.example/a")]
    [InlineData("https://user:secret@client.example/a")]
    [InlineData("https://@client.example/a")]
    [InlineData("https://client.example/a/../b")]
    [InlineData("https://client.example/./a")]
    [InlineData("https://client.example/a/%2e%2e/b")]
    [InlineData("https://client.example/a/%2E/b")]
    [InlineData("https://client.example/a/..")]
    [InlineData("https://client.example\\a")]
    [InlineData("https://CLIENT.example/a")]
    [InlineData("HTTPS://client.example/a")]
    [InlineData("https://client.example:443/a")]
    [InlineData("https://clіent.example/a")]
    [InlineData("https://client.example./a")]
    [InlineData("https://93.184.215.14/a")]
    [InlineData("https://[2606:4700::1111]/a")]
    [InlineData("https://0x5db8d70e/a")]
    [InlineData("https://1572395790/a")]
    [InlineData("https://0135.0270.0327.016/a")]
    [InlineData("https://localhost/a")]
    [InlineData("https://metadata.google.internal/a")]
    [InlineData("https://printer.local/a")]
    [InlineData("https://app.localhost/a")]
    [InlineData("https://router.home.arpa/a")]
    [InlineData("https://intranet/a")]
    [InlineData("https://")]
    public async Task A_client_id_that_is_not_a_valid_document_URL_is_refused_before_any_DNS_lookup(string url)
    {
        var before = fixture.Transport.Resolved.Count(name =>
            name.Contains("client", StringComparison.Ordinal) && !char.IsAsciiDigit(name[6])
        );
        await fixture.AssertRefusedAsync(url, "The client_id ");
        Assert.Equal(
            before,
            fixture.Transport.Resolved.Count(name => name.Contains("client", StringComparison.Ordinal) && !char.IsAsciiDigit(name[6]))
        );
    }

    [Fact]
    public async Task A_client_id_longer_than_two_kibibytes_is_refused() =>
        await fixture.AssertRefusedAsync("https://client.example/" + new string('a', 2048), "is longer than");

    [Theory]
    [InlineData("https://port.example:8443/a")]
    [InlineData("https://query.example/a?version=2")]
    [InlineData("https://xn--bcher-kva.example/a")]
    [InlineData("https://path.example/@scope/a~b/client.json")]
    public async Task A_port_a_query_and_punycode_are_accepted(string url)
    {
        fixture.Publish(url);
        await fixture.AssertAcceptedAsync(url);
    }

    [Theory]
    [InlineData("https://claude.ai/a", 303)]
    [InlineData("https://docs.claude.ai/a", 303)]
    [InlineData("https://evilclaude.ai/a", 400)]
    [InlineData("https://claude.ai.evil.example/a", 400)]
    [InlineData("https://bad.claude.ai/a", 400)]
    [InlineData("https://very.bad.claude.ai/a", 400)]
    [InlineData("https://other.example/a", 400)]
    public async Task The_domain_rules_of_the_operator_apply_before_anything_is_fetched(string url, int status)
    {
        await using var system = await DocumentSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:AllowedDomains:0", "Claude.ai");
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:BlockedDomains:0", "bad.claude.ai");
        });
        system.Publish(url);
        Assert.Equal(status, (await system.AuthorizeAsync(url)).Status);
        Assert.Equal(status == 303, !system.Transport.Resolved.IsEmpty);
    }
}
