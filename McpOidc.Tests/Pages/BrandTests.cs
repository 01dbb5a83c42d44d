using AngleSharp.Html.Parser;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Pages;

/// <summary>An operator's name, logo and colors are on every page, and nothing on a page comes from elsewhere.</summary>
public sealed class BrandTests : IDisposable
{
    private readonly string _logo = Path.Combine(Path.GetTempPath(), $"mcpoidc-{Guid.NewGuid():n}.svg");
    private readonly HttpClient _http = new();

    public BrandTests() =>
        File.WriteAllText(_logo, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"8\" height=\"8\"><script>alert(1)</script></svg>");

    public void Dispose()
    {
        _http.Dispose();
        File.Delete(_logo);
    }

    [Fact]
    public async Task Name_logo_colors_and_help_link_come_from_the_settings()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Set("McpOidc:Pages:Name", "Acme <Labs>");
            options.Set("McpOidc:Pages:LogoFile", _logo);
            options.Set("McpOidc:Pages:Accent", "#0b6e4f");
            options.Set("McpOidc:Pages:Background", "#eeffee");
            options.Set("McpOidc:Pages:SupportUrl", "mailto:help@example.com");
        });

        var page = new HtmlParser().ParseDocument(await _http.GetStringAsync(system.Issuer + "/session/end"));
        Assert.Equal("Sign out? · Acme <Labs>", page.Title);
        Assert.Equal("Acme <Labs>", page.QuerySelector("header .brand")!.TextContent);
        Assert.Equal(["/account", "mailto:help@example.com"], page.QuerySelectorAll("footer a").Select(link => link.GetAttribute("href")));

        using var logo = await _http.GetAsync(system.Issuer + page.QuerySelector("header img")!.GetAttribute("src"));
        Assert.Equal("image/svg+xml", logo.Content.Headers.ContentType!.MediaType);
        Assert.Contains("sandbox", Assert.Single(logo.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        Assert.Contains("immutable", logo.Headers.CacheControl!.ToString(), StringComparison.Ordinal);

        var css = await _http.GetStringAsync(system.Issuer + page.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href"));
        Assert.Contains("--accent:#0b6e4f;--on-accent:#ffffff", css, StringComparison.Ordinal);
        Assert.Contains("--back:#eeffee", css, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_name_defaults_to_the_host_and_the_logo_to_its_first_letter()
    {
        await using var system = await TestSystem.StartAsync();

        var page = new HtmlParser().ParseDocument(await _http.GetStringAsync(system.Issuer + "/session/end"));

        Assert.Equal("L", page.QuerySelector("header .mark")!.TextContent);
        Assert.Equal("Sign out? · localhost", page.Title);
        Assert.Equal("/account", Assert.Single(page.QuerySelectorAll("footer a")).GetAttribute("href"));
        Assert.Empty(page.QuerySelectorAll("img, script, style, [style], [onclick]"));
    }

    [Fact]
    public async Task The_stylesheet_is_cached_permanently_under_its_current_version_and_for_a_minute_under_others()
    {
        await using var system = await TestSystem.StartAsync();
        var page = new HtmlParser().ParseDocument(await _http.GetStringAsync(system.Issuer + "/session/end"));
        var url = system.Issuer + page.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href");

        using var named = await _http.GetAsync(url);
        using var older = await _http.GetAsync(url[..^1]);
        using var bare = await _http.GetAsync(system.Issuer + "/oauth/style.css");

        Assert.Equal("public, max-age=31536000, immutable", named.Headers.CacheControl!.ToString());
        Assert.Equal("public, max-age=60", older.Headers.CacheControl!.ToString());
        Assert.Equal("public, max-age=60", bare.Headers.CacheControl!.ToString());
        Assert.Equal("text/css", named.Content.Headers.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("#3056d3")]
    [InlineData("#0b6e4f")]
    [InlineData("#b00020")]
    [InlineData("#000000")]
    [InlineData("#1a1a66")]
    public void An_accent_color_that_is_readable_on_white_is_adapted_to_be_readable_on_dark(string accent)
    {
        var dark = Palette.Dark(new PageOptions { Accent = accent });

        Assert.True(dark.Accent.ContrastWith(dark.Paper) >= Color.Readable, $"{dark.Accent}");
        Assert.True(dark.Accent.ContrastWith(dark.Back) >= Color.Readable, $"{dark.Accent}");
    }

    [Theory]
    [InlineData("#ffffff", "#000000", 21)]
    [InlineData("#777777", "#ffffff", 4.48)]
    [InlineData("#3056d3", "#3056d3", 1)]
    public void Contrast_is_computed_as_in_the_Web_Content_Accessibility_Guidelines(string one, string other, double contrast) =>
        Assert.Equal(contrast, Color.TryParse(one)!.Value.ContrastWith(Color.TryParse(other)!.Value), 2);

    [Theory]
    [InlineData("red")]
    [InlineData("#fff")]
    [InlineData("#12345")]
    [InlineData("#12345g")]
    [InlineData("#3056d3;}")]
    [InlineData("# 056d3")]
    [InlineData(null)]
    public void Text_that_is_not_a_color_is_not_parsed(string? text) => Assert.Null(Color.TryParse(text));
}
