using System.Security.Claims;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>The fast path for already verified tokens skips no check.</summary>
public sealed class KnownTokenTests
{
    [Fact]
    public async Task Claims_added_by_the_application_are_present_on_every_call()
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
        Assert.Equal(["accounting", "accounting", "accounting"], await AskAsync(client, tokens.AccessToken, "/department"));
    }

    [Fact]
    public async Task A_policy_of_the_application_is_evaluated_on_every_call()
    {
        var asked = 0;
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app =>
                app.MapGet("/ledger", () => "read")
                    .RequireMcpOidc()
                    .RequireAuthorization(policy => policy.RequireAssertion(_ => Interlocked.Increment(ref asked) != 3));
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["read", "read", "403"], await AskAsync(client, tokens.AccessToken, "/ledger"));
    }

    [Fact]
    public async Task The_authentication_result_is_available_on_every_call()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app =>
                app.MapGet(
                        "/ends",
                        async (HttpContext http) =>
                        {
                            var result = await http.AuthenticateAsync(McpOidcAuthenticationScheme);
                            var feature = http.Features.Get<IAuthenticateResultFeature>()?.AuthenticateResult;
                            var hasSameEnd = feature?.Properties?.ExpiresUtc == result.Properties?.ExpiresUtc;
                            return $"{result.Succeeded} {hasSameEnd} {http.User.Identity?.Name == result.Principal?.Identity?.Name}";
                        }
                    )
                    .RequireMcpOidc();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["True True True", "True True True", "True True True"], await AskAsync(client, tokens.AccessToken, "/ends"));
    }

    [Fact]
    public async Task An_authorization_handler_of_the_application_can_refuse_any_call()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder => builder.Services.AddSingleton<IAuthorizationHandler, RefuseThird>();
            options.Map = app => app.MapGet("/ledger", () => "read").RequireMcpOidc();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["read", "read", "403"], await AskAsync(client, tokens.AccessToken, "/ledger"));
    }

    [Fact]
    public async Task A_role_that_an_endpoint_requires_is_checked_on_every_call()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app => app.MapGet("/ledger", [Authorize(Roles = "accountant")] () => "read").RequireMcpOidc();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["403", "403", "403"], await AskAsync(client, tokens.AccessToken, "/ledger"));
    }

    [Fact]
    public async Task A_scope_of_the_endpoint_or_its_group_is_checked_on_every_call()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app =>
            {
                app.MapGet("/ledger", () => "read").RequireMcpOidc("ledger:read");
                app.MapGroup("/books").RequireMcpOidc("ledger:read").MapGet("/ledger", () => "read").RequireMcpOidc();
                app.MapGet("/open", () => "read").RequireMcpOidc();
            };
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(["read", "read", "read"], await AskAsync(client, tokens.AccessToken, "/open"));
        Assert.Equal(["403", "403", "403"], await AskAsync(client, tokens.AccessToken, "/ledger"));
        Assert.Equal(["403", "403", "403"], await AskAsync(client, tokens.AccessToken, "/books/ledger"));
    }

    // Kestrel reuses the string for an identical header on a connection; the hash is cached for that string only.
    [Fact]
    public async Task Another_token_on_the_same_connection_is_verified_separately()
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Map = app => app.MapGet("/me", (HttpContext http) => http.User.FindFirstValue("jti")).RequireMcpOidc();
        });
        using var client = system.CreateClient();
        using var browser = new Browser();
        var tokens = await client.SignInAsync(browser);
        var other = await client.RefreshAsync(tokens.RefreshToken);
        var forged = tokens.AccessToken[..^4] + "AAAA";

        for (var time = 0; time < 2; time++)
        {
            var (first, second) = (await AskAsync(client, tokens.AccessToken, "/me"), await AskAsync(client, other.AccessToken, "/me"));
            Assert.Single(first.Distinct());
            Assert.Single(second.Distinct());
            Assert.NotEqual(first[0], second[0]);
            Assert.Equal(["401", "401", "401"], await AskAsync(client, forged, "/me"));
        }
    }

    private const string McpOidcAuthenticationScheme = McpOidc.Protection.McpOidcAuthentication.Scheme;

    private static async Task<List<string>> AskAsync(OAuthClient client, string accessToken, string path)
    {
        var answers = new List<string>();
        for (var time = 0; time < 3; time++)
        {
            using var answer = await client.CallAsync(
                client.Resource.Replace("/mcp", path, StringComparison.Ordinal),
                accessToken,
                HttpMethod.Get
            );
            answers.Add(answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}");
        }

        return answers;
    }

    private sealed class RefuseThird : IAuthorizationHandler
    {
        private int _asked;

        public Task HandleAsync(AuthorizationHandlerContext context)
        {
            if (Interlocked.Increment(ref _asked) == 3)
            {
                context.Fail();
            }

            return Task.CompletedTask;
        }
    }

    private sealed class AddDepartment : IClaimsTransformation
    {
        public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal) =>
            Task.FromResult(new ClaimsPrincipal([.. principal.Identities, new ClaimsIdentity([new Claim("department", "accounting")])]));
    }
}
