using System.Globalization;
using System.Net;
using McpOidc.Registration;

namespace McpOidc.Tests.Registration;

/// <summary>A redirect URI's host must not be an address in a form only machines read: a person could not tell what it is (security case
/// E04).</summary>
public sealed class DisguisedAddressTests
{
    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public void Every_unusual_form_of_every_address_is_refused(string scheme)
    {
        var random = new Random(19);
        for (var number = 0; number < 300; number++)
        {
            // Some forms leave out zeros.
            byte[] parts = [.. Enumerable.Range(0, 4).Select(_ => (byte)(random.Next(4) == 0 ? 0 : random.Next(256)))];
            parts[0] = number % 3 == 0 ? (byte)127 : (byte)Math.Max((byte)1, parts[0]);
            foreach (var host in Forms(parts))
            {
                foreach (var rest in new[] { "/cb", "", ":8443/cb", "?a=b" })
                {
                    Assert.True(RedirectUri.Read($"{scheme}://{host}{rest}") is null, $"{scheme}://{host}{rest} of {new IPAddress(parts)}");
                }
            }

            Assert.NotNull(RedirectUri.Read($"https://{new IPAddress(parts)}:8443/cb"));
        }
    }

    [Theory]
    [InlineData("https://app.0x1/cb")]
    [InlineData("https://app.example.0x/cb")]
    [InlineData("https://1.2.3.4.5/cb")]
    [InlineData("https://1.2.3.256/cb")]
    [InlineData("https://app.08/cb")]
    [InlineData("https:app.example/cb")]
    [InlineData("https:/app.example/cb")]
    [InlineData("https:///app.example/cb")]
    [InlineData("https:?app.example/cb")]
    [InlineData("http:localhost/cb")]
    [InlineData("http:/127.0.0.1/cb")]
    public void A_name_that_browsers_read_as_an_address_and_a_URI_without_a_host_are_refused_too(string value) =>
        Assert.Null(RedirectUri.Read(value));

    [Theory]
    [InlineData("https://app1.example/cb")]
    [InlineData("https://0x1.example/cb")]
    [InlineData("https://1.2.3.4.example/cb")]
    [InlineData("https://app.x0/cb")]
    [InlineData("https://app.0xg/cb")]
    [InlineData("https://app.ff/cb")]
    [InlineData("https://app.example:8443/cb/1.2")]
    public void A_host_name_that_contains_numbers_is_valid(string value) => Assert.NotNull(RedirectUri.Read(value));

    private static IEnumerable<string> Forms(byte[] a)
    {
        var all = ((uint)a[0] << 24) | ((uint)a[1] << 16) | ((uint)a[2] << 8) | a[3];
        yield return all.ToString(CultureInfo.InvariantCulture);
        yield return $"0x{all:x8}";
        yield return $"0X{all:X}";
        yield return $"{a[0]}.{all & 0xffffff}";
        yield return $"{a[0]}.{a[1]}.{all & 0xffff}";
        yield return $"{a[0]}.{a[1]}.{a[2]}.0x{a[3]:x}";
        yield return $"0x{a[0]:x}.{a[1]}.{a[2]}.{a[3]}";
        yield return $"{a[0]}.{a[1]}.{a[2]}.0{Convert.ToString(a[3], 8)}";
        yield return $"0{Convert.ToString(a[0], 8)}.{a[1]}.{a[2]}.{a[3]}";
        yield return $"{a[0]}.{a[1]}.{a[2]}.{a[3]}.";
        yield return $"{a[0]:000}.{a[1]:000}.{a[2]:000}.{a[3]:0000}";
    }
}
