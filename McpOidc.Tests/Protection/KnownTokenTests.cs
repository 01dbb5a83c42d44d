using System.Security.Claims;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>The short way of a token that was verified before leaves nothing out.</summary>
public sealed class KnownTokenTests
{
    [Fact]
    public async Task What_the_application_adds_to_a_person_is_there_at_every_call()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder => builder.Services.AddTransient<IClaimsTransformation, AddDepartment>();
            options.Map = app => app.MapGet("/department", (HttpContext http) => http.User.FindFirstValue("department")).RequireMcpOidc();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["accounting", "accounting", "accounting"], await AskAsync(client, tokens, "/department"));
    }

    [Fact]
    public async Task A_policy_of_the_application_is_asked_at_every_call()
    {
        var asked = 0;
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app => app.MapGet("/ledger", () => "read").RequireMcpOidc().RequireAuthorization(policy => policy.RequireAssertion(_ => Interlocked.Increment(ref asked) != 3));
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["read", "read", "403"], await AskAsync(client, tokens, "/ledger"));
    }

    [Fact]
    public async Task The_result_of_authentication_can_be_asked_for_at_every_call()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app => app.MapGet("/ends", async (HttpContext http) =>
            {
                var result = await http.AuthenticateAsync(McpOidcAuthenticationScheme);
                return $"{result.Succeeded} {http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult?.Properties?.ExpiresUtc == result.Properties?.ExpiresUtc} {http.User.Identity?.Name == result.Principal?.Identity?.Name}";
            }).RequireMcpOidc();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["True True True", "True True True", "True True True"], await AskAsync(client, tokens, "/ends"));
    }

    private const string McpOidcAuthenticationScheme = McpOidc.Protection.McpOidcAuthentication.Scheme;

    private static async Task<List<string>> AskAsync(OAuthClient client, TokenAnswer tokens, string path)
    {
        var answers = new List<string>();
        for (var time = 0; time < 3; time++)
        {
            using var answer = await client.CallAsync(client.Resource.Replace("/mcp", path, StringComparison.Ordinal), tokens.AccessToken, HttpMethod.Get);
            answers.Add(answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}");
        }

        return answers;
    }

    private sealed class AddDepartment : IClaimsTransformation
    {
        public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
            => Task.FromResult(new ClaimsPrincipal([.. principal.Identities, new ClaimsIdentity([new Claim("department", "accounting")])]));
    }
}
