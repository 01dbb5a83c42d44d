using System.Text.RegularExpressions;
using McpOidc.Tests.Conventions;
using McpOidc.Token;

namespace McpOidc.Tests.Token.PersonalAccessTokens;

/// <summary>The format by which secret scanners find personal access tokens.</summary>
public sealed class PersonalAccessTokenFormatTests
{
    private static string Documentation => File.ReadAllText(Path.Combine(Repository.Root, "docs", "headless.md"));

    [Fact]
    public void The_regular_expression_in_the_documentation_matches_tokens_and_nothing_longer()
    {
        var pattern = Regex.Match(Documentation, @"mcpoidc_pat_\[0-9A-Za-z\]\{\d+\}").Value;
        for (var round = 0; round < 200; round++)
        {
            var token = PersonalAccessToken.Create(OpaqueToken.CreateId());
            Assert.Matches($"^{pattern}$", token.Value);
            Assert.Equal(token, PersonalAccessToken.Read(token.Value));
        }
    }

    [Theory]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("_____________________w")]
    public void An_id_of_zeros_or_ones_round_trips(string grantId) =>
        Assert.Equal(grantId, PersonalAccessToken.Read(PersonalAccessToken.Create(grantId).Value)?.GrantId);

    // python3 -c 'import zlib; print(zlib.crc32(b"mcpoidc_pat_" + b"0" * 65))' is 2677744363.
    [Fact]
    public void The_checksum_matches_that_of_zlib() =>
        Assert.NotNull(PersonalAccessToken.Read("mcpoidc_pat_" + new string('0', 65) + Base62(2677744363)));

    [Fact]
    public void A_token_with_one_changed_character_is_invalid()
    {
        var token = PersonalAccessToken.Create(OpaqueToken.CreateId()).Value;
        for (var at = 0; at < token.Length; at++)
        {
            Assert.Null(PersonalAccessToken.Read(token[..at] + (token[at] == 'x' ? 'y' : 'x') + token[(at + 1)..]));
        }

        Assert.Null(PersonalAccessToken.Read(token + "0"));
        Assert.Null(PersonalAccessToken.Read(token[..^1]));
        Assert.Null(PersonalAccessToken.Read(""));
        Assert.Null(PersonalAccessToken.Read(null));
    }

    [Fact]
    public void The_string_representation_does_not_contain_the_token() =>
        Assert.DoesNotContain("mcpoidc_pat_", $"{PersonalAccessToken.Create(OpaqueToken.CreateId())}", StringComparison.Ordinal);

    private static string Base62(uint value)
    {
        const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        return string.Concat(Enumerable.Range(0, 6).Select(place => Digits[(int)(value / Math.Pow(62, 5 - place) % 62)]));
    }
}
