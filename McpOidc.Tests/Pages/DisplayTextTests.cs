using System.Text;
using System.Text.Json.Nodes;
using McpOidc.Pages;
using McpOidc.Sessions;

namespace McpOidc.Tests.Pages;

/// <summary>Names that strangers choose, on every page and in every list (security case B38).</summary>
public sealed class DisplayTextTests
{
    // Default_Ignorable_Code_Point, Unicode 17, DerivedCoreProperties.txt; and blanks that are not blank by category.
    private static readonly (int First, int Last)[] s_unseen =
    [
        (0x00AD, 0x00AD),
        (0x034F, 0x034F),
        (0x061C, 0x061C),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFF8),
        (0x1BCA0, 0x1BCA3),
        (0x1D173, 0x1D17A),
        (0xE0000, 0xE0FFF),
        (0x2800, 0x2800),
        (0x1D159, 0x1D159),
        (0x0000, 0x0020),
        (0x007F, 0x00A0),
        (0x2000, 0x200A),
        (0x3000, 0x3000),
        (0x0300, 0x036F),
    ];

    [Fact]
    public void A_name_of_invisible_characters_is_empty_and_next_to_letters_they_are_removed_or_shown_with_them()
    {
        foreach (var value in s_unseen.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)))
        {
            var unseen = new Rune(value).ToString();
            Assert.Equal("", DisplayText.Clean(unseen + unseen));
            Assert.Equal("without a name", DisplayText.Clean($" {unseen} ", otherwise: "without a name"));
            Assert.StartsWith("Cl", DisplayText.Clean($"Cl{unseen}aude"), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("日本語のクライアント")]
    [InlineData("한국어 클라이언트")]
    [InlineData("مساعد")]
    [InlineData("é")]
    [InlineData("हिन्दी")]
    [InlineData("🤖 bot")]
    [InlineData("42")]
    [InlineData("@!")]
    public void A_name_in_any_script_is_kept_unchanged(string name) => Assert.Equal(name, DisplayText.Clean(name));

    [Theory]
    [InlineData("\u3164", "alice", "Alice", "alice")]
    [InlineData(null, "\u115F", "Alice", "Alice")]
    [InlineData("\uFFA0", "\uFFA0", "\uFFA0", "sub-1")]
    public void A_person_is_called_by_the_first_name_that_has_visible_characters(
        string? email,
        string? userName,
        string? name,
        string shown
    )
    {
        var user = new UserRecord
        {
            Subject = "s",
            Provider = "p",
            IdentityProviderSubject = "sub-1",
            Claims = new JsonObject
            {
                ["email"] = email,
                ["preferred_username"] = userName,
                ["name"] = name,
            },
            SignedInAt = DateTimeOffset.UnixEpoch,
            ExpiresAt = DateTimeOffset.UnixEpoch,
        };
        Assert.Equal(shown, PersonName.Of(user));
    }
}
