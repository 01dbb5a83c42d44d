using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Tests.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace McpOidc.Tests.Keys;

/// <summary><c>dotnet run --project McpOidc.AuthServer -- keys</c>, as a process.</summary>
public sealed class KeysCommandTests
{
    [Theory]
    [InlineData("ES256")]
    [InlineData("RS256", "--algorithm", "RS256")]
    [InlineData("PS384", "-a", "PS384", "--pretty")]
    public async Task The_command_prints_a_key_set_that_the_server_accepts(string algorithm, params string[] arguments)
    {
        var (code, output, errors) = await AuthServerCommand.RunAsync(["keys", .. arguments]);
        Assert.True(code == 0, errors);
        Assert.Empty(errors);
        Assert.Equal(arguments.Contains("--pretty"), output.Trim().Contains('\n', StringComparison.Ordinal));

        var key = Assert.Single(JsonNode.Parse(output)!["keys"]!.AsArray())!.AsObject();
        Assert.Equal(algorithm, key["alg"]!.ToString());
        Assert.NotNull(key["d"]);
        Assert.Equal(Base64UrlEncoder.Encode(new JsonWebKey(key.ToJsonString()).ComputeJwkThumbprint()), key["kid"]!.ToString());
        Assert.True(new KeyOptionsValidator().Validate(null, new McpOidc.Configuration.KeyOptions { Jwks = output }).Succeeded);
    }

    [Fact]
    public async Task Two_runs_print_different_keys() =>
        Assert.NotEqual((await AuthServerCommand.RunAsync(["keys"])).Output, (await AuthServerCommand.RunAsync(["keys"])).Output);

    [Fact]
    public async Task An_unknown_algorithm_is_refused_and_the_supported_ones_are_listed()
    {
        var (code, _, errors) = await AuthServerCommand.RunAsync(["keys", "--algorithm", "HS256"]);
        Assert.Equal(1, code);
        Assert.Contains("ES256", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_says_that_the_keys_are_configured()
    {
        using var store = TestStore.Sqlite();
        var (_, keys, _) = await AuthServerCommand.RunAsync(["keys"]);
        var (code, output, errors) = await AuthServerCommand.RunAsync(
            ["keys", "rotate"],
            [
                .. store.Settings,
                new("McpOidc:Secret", new string('s', 40)),
                new("McpOidc:Issuer", "https://auth.example.com"),
                new("McpOidc:Resources:0:Uri", "https://mcp.example.com/mcp"),
                new("McpOidc:Keys:Jwks", keys),
            ]
        );
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(
            "McpOidc__Keys__Jwks",
            Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_help_text_lists_the_command() =>
        Assert.Contains("keys", (await AuthServerCommand.RunAsync(["--help"])).Output, StringComparison.Ordinal);

    [Fact]
    public async Task The_command_lists_rotates_and_drops_the_keys_in_the_store()
    {
        using var store = TestStore.Sqlite();
        Task<(int Code, string Output, string Errors)> KeysAsync(params string[] arguments) =>
            AuthServerCommand.RunAsync(
                ["keys", .. arguments],
                [
                    .. store.Settings,
                    new("McpOidc:Secret", new string('s', 40)),
                    new("McpOidc:Issuer", "https://auth.example.com"),
                    new("McpOidc:Resources:0:Uri", "https://mcp.example.com/mcp"),
                ]
            );

        var first = Assert.Single(Lines(await KeysAsync("list")));
        var both = Lines(await KeysAsync("rotate"));
        Assert.Equal([first], both[..1]);
        Assert.Contains("active from", both[1], StringComparison.Ordinal);
        var left = Assert.Single(Lines(await KeysAsync("drop", first.Split(' ')[0])));
        Assert.Equal(both[1].Split(' ')[0], left.Split(' ')[0]);
        Assert.Contains("active since", left, StringComparison.Ordinal);
        Assert.Equal(1, (await KeysAsync("drop", "nobody")).Code);
    }

    private static string[] Lines((int Code, string Output, string Errors) run)
    {
        Assert.True(run.Code == 0, run.Errors);
        return run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
