using McpOidc.Registration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Registration.Stateless;

/// <summary>A stateless id altered in transit: it matches no client, and no log shows it.</summary>
public sealed class DisfiguredIdTests(SystemFixture fixture) : IClassFixture<SystemFixture>
{
    [Theory]
    [InlineData("{0}=")]
    [InlineData(" {0}")]
    [InlineData("{0}\n")]
    [InlineData("{0}%00")]
    [InlineData("{0}A")]
    [InlineData("\"{0}\"")]
    public async Task A_garbled_client_id_is_unknown_and_does_not_appear_in_the_log(string form)
    {
        using var client = fixture.System.CreateClient();
        await client.RegisterAsync();
        var id = client.ClientId;
        client.ClientId = string.Format(System.Globalization.CultureInfo.InvariantCulture, form, id);

        var answer = await client.RefreshAsync("whatever");

        Assert.Equal((401, "invalid_client"), (answer.Status, answer.Error));
        var ours = fixture.System.Server.Logs.Lines.Where(line => line.Contains(" McpOidc.", StringComparison.Ordinal)).ToList();
        Assert.Contains(ours, line => line.Contains("client.authentication_failed", StringComparison.Ordinal));
        Assert.DoesNotContain(ours, line => line.Contains(id, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("https://client.example/a/path/that/is/longer/than/sixty/characters/document.json")]
    public void An_id_that_is_not_stateless_is_logged_as_it_was_sent(string sent) => Assert.Equal(sent, ClientIdDigest.OfSent(sent));
}
