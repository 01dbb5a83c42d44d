using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>The discovery document may not be below the issuer: with Azure AD B2C and Oracle, and on internal networks.</summary>
public sealed class MetadataAddressTests
{
    private const string Outside = "https://login.example.com/tenant/v2.0/";

    [Theory]
    [InlineData(Outside, true)]
    [InlineData("https://login.example.com/tenant/v2.0", true)]
    [InlineData("https://login.example.com/other/v2.0/", false)]
    public async Task People_sign_in_only_if_the_document_names_the_configured_issuer(string configured, bool mayEnter)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.Document = document => document["issuer"] = Outside;
        idp.Claims = claims => claims["iss"] = Outside;
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings with { Issuer = configured };
            options.Set("McpOidc:IdentityProvider:MetadataAddress", idp.Issuer + "/.well-known/openid-configuration");
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        await client.RegisterAsync();

        var result = await client.AuthorizeAsync(browser);

        Assert.Equal(mayEnter, result.Query("code") is not null);
    }
}
