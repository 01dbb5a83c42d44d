using System.Security.Cryptography;
using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Protection;

/// <summary>The limits of an access token: its begin, its end, also if it was verified before, and its length.</summary>
public sealed class BearerLimitTests : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    private SignedInSystem _signedIn = null!;

    public async Task InitializeAsync() => _signedIn = await SignedInSystem.StartAsync(options => options.Standalone = true);

    public async Task DisposeAsync() => await _signedIn.DisposeAsync();

    // The default skew is 30 seconds.
    [Theory]
    [InlineData("exp", -20, 200)]
    [InlineData("exp", -31, 401)]
    [InlineData("nbf", 20, 200)]
    [InlineData("nbf", 40, 401)]
    public async Task A_token_is_accepted_within_the_clock_skew_before_its_begin_and_after_its_end(string member, int seconds, int status)
    {
        var token = Forgery.Resign(_signedIn.System, _signedIn.Tokens.AccessToken, payload => payload[member] = Now() + seconds);
        Assert.Equal(status, await _signedIn.StatusAsync(token));
        using var again = await _signedIn.Client.CallAsync(_signedIn.Echo, token);
        Assert.Equal(status, (int)again.StatusCode);
        var reason = member == "exp" ? "The token has expired." : "The token is not valid yet";
        Assert.Equal(status == 401, again.Headers.WwwAuthenticate.ToString().Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_known_token_is_refused_after_its_end_and_the_log_states_the_time_difference()
    {
        var token = Forgery.Resign(_signedIn.System, _signedIn.Tokens.AccessToken, payload => payload["exp"] = Now() + 60);
        Assert.Equal(200, await _signedIn.StatusAsync(token));
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(80));
        Assert.Equal(200, await _signedIn.StatusAsync(token));
        _signedIn.System.Clock.Advance(TimeSpan.FromSeconds(11));
        using var response = await _signedIn.Client.CallAsync(_signedIn.Echo, token);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.Contains("The token has expired.", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        await _signedIn.System.Mcp.Logs.WaitForAsync("[2833]", s_patience);
    }

    [Theory]
    [InlineData(16 * 1024, 200)]
    [InlineData((16 * 1024) + 1, 401)]
    public async Task A_token_has_at_most_sixteen_kilobytes(int length, int status)
    {
        var token = OfLength(length);
        Assert.Equal(length, token.Length);
        Assert.Equal(status, await _signedIn.StatusAsync(token));
    }

    // Base64url has no length of one more than a multiple of four, so the header is padded, too.
    private string OfLength(int length)
    {
        const int Signature = 86;
        var (header, payload) = (Forgery.HeaderOf(_signedIn.Tokens.AccessToken), Forgery.PayloadOf(_signedIn.Tokens.AccessToken));
        (header["x"], payload["x"]) = ("", "");
        var left = length;
        string head;
        do
        {
            header["x"] = header["x"] + "x";
            head = Base64UrlEncoder.Encode(header.ToJsonString());
            left = length - head.Length - Signature - 2;
        } while (left % 4 == 1);

        payload["x"] = new string('x', (left * 3 / 4) - payload.ToJsonString().Length);
        var signed = $"{head}.{Base64UrlEncoder.Encode(payload.ToJsonString())}";
        var key = ((ECDsaSecurityKey)Forgery.KeyOf(_signedIn.System).Key).ECDsa;
        return $"{signed}.{Base64UrlEncoder.Encode(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private long Now() => _signedIn.System.Clock.GetUtcNow().ToUnixTimeSeconds();
}
