using System.Web;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>Which parts of a client's request the identity provider sees.</summary>
public sealed class ForwardedParameterTests
{
    // Entra refuses resource (mcp-remote#217) and prompt=consent (claude-ai-mcp#104).
    [Fact]
    public async Task The_login_hint_and_max_age_are_forwarded_and_prompt_consent_acr_values_and_resource_are_not()
    {
        var query = await QueryAtProviderAsync(_ => { });
        Assert.Equal(("alice@example.com", "600"), (query["login_hint"], query["max_age"]));
        foreach (var name in new[] { "prompt", "acr_values", "resource", "x_own" })
        {
            Assert.Null(query[name]);
        }
    }

    [Fact]
    public async Task The_settings_can_forward_more_parameters_and_the_values_of_the_operator_take_precedence()
    {
        var query = await QueryAtProviderAsync(options =>
        {
            options.Set("McpOidc:IdentityProvider:ForwardedParameters:0", "acr_values");
            options.Set("McpOidc:IdentityProvider:ForwardedParameters:1", "prompt");
            options.Set("McpOidc:IdentityProvider:AdditionalParameters:acr_values", "operator");
        });
        Assert.Equal("operator", query["acr_values"]);
        Assert.Equal("consent", query["prompt"]);
        Assert.Equal("alice@example.com", query["login_hint"]);
    }

    private static async Task<System.Collections.Specialized.NameValueCollection> QueryAtProviderAsync(Action<TestSystemOptions> configure)
    {
        await using var idp = await FaultyIdentityProvider.StartAsync();
        idp.Claims = claims => claims["auth_time"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Provider = idp.Settings;
            configure(options);
        });
        using var client = system.CreateClient();
        await client.RegisterAsync();
        using var browser = new Browser();
        var result = await client.AuthorizeAsync(
            browser,
            ("login_hint", "alice@example.com"),
            ("prompt", "consent"),
            ("max_age", "600"),
            ("acr_values", "client"),
            ("x_own", "1")
        );
        Assert.NotNull(result.Query("code"));
        return HttpUtility.ParseQueryString(idp.LastAuthorizeQuery);
    }
}
