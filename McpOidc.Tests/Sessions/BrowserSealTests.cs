using McpOidc.Sessions;

namespace McpOidc.Tests.Sessions;

/// <summary>Answers that only one browser may see again are stored sealed with its cookie, of which the store has at most a hash.</summary>
public sealed class BrowserSealTests
{
    private const string Text = "https://app.example/cb?code=secret";
    private static readonly BrowserSeal s_seal = new("the cookie of this browser");

    [Fact]
    public void The_browser_that_sealed_a_text_can_open_it_in_the_same_place() =>
        Assert.Equal(Text, s_seal.Open(s_seal.Seal(Text, "here"), "here"));

    [Theory]
    [InlineData("the cookie of another browser", "here")]
    [InlineData("the cookie of this browser ", "here")]
    [InlineData("", "here")]
    [InlineData("the cookie of this browser", "elsewhere")]
    public void A_sealed_text_cannot_be_opened_by_another_browser_or_in_another_place(string cookie, string place) =>
        Assert.Null(new BrowserSeal(cookie).Open(s_seal.Seal(Text, "here"), place));

    [Fact]
    public void A_truncated_or_modified_seal_is_not_opened()
    {
        var payload = s_seal.Seal(Text, "here");
        for (var i = 0; i < payload.Length; i++)
        {
            Assert.Null(s_seal.Open(payload[..i], "here"));
            var changed = payload.ToArray();
            changed[i] ^= 1;
            Assert.Null(s_seal.Open(changed, "here"));
        }
    }

    [Fact]
    public void A_text_is_never_sealed_the_same_way_twice() => Assert.NotEqual(s_seal.Seal(Text, "here"), s_seal.Seal(Text, "here"));
}
