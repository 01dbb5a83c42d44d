using System.Security.Claims;
using McpOidc.Configuration;
using McpOidc.Protection;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Protection;

/// <summary>What an application can do when a token is accepted or a request is refused.</summary>
public sealed class EventTests
{
    [Fact]
    public async Task A_claim_added_by_an_event_applies_only_to_that_request()
    {
        await using var system = await StartAsync(options =>
            options.Events.OnTokenValidated = context =>
            {
                context.Principal.Identities.First().AddClaim(new Claim("seen", context.HttpContext.Request.Path));
                return Task.CompletedTask;
            }
        );
        using var client = system.CreateClient();
        using var browser = new Browser();
        var token = (await client.SignInAsync(browser)).AccessToken;
        for (var time = 0; time < 3; time++)
        {
            using var answer = await client.CallAsync(system.McpOrigin + "/seen", token, HttpMethod.Get);
            Assert.Equal("/seen", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task A_token_refused_by_an_event_handler_yields_401_invalid_token_with_the_reason()
    {
        await using var system = await StartAsync(options =>
            options.Events.OnTokenValidated = context =>
            {
                context.Fail("The \"plan\" has\r\nended.");
                return Task.CompletedTask;
            }
        );
        using var client = system.CreateClient();
        using var browser = new Browser();
        using var answer = await client.CallAsync(
            system.McpOrigin + "/seen",
            (await client.SignInAsync(browser)).AccessToken,
            HttpMethod.Get
        );
        Assert.Equal(401, (int)answer.StatusCode);
        var challenge = Assert.Single(answer.Headers.WwwAuthenticate).Parameter!;
        Assert.Contains("error=\"invalid_token\", error_description=\"The  plan  has  ended.\"", challenge, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_in_an_event_handler_yields_500_without_its_message()
    {
        await using var system = await StartAsync(options =>
            options.Events.OnTokenValidated = _ => throw new InvalidOperationException("secret")
        );
        using var client = system.CreateClient();
        using var browser = new Browser();
        using var answer = await client.CallAsync(
            system.McpOrigin + "/seen",
            (await client.SignInAsync(browser)).AccessToken,
            HttpMethod.Get
        );
        Assert.Equal(500, (int)answer.StatusCode);
        Assert.DoesNotContain("secret", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_is_raised_for_every_refusal()
    {
        var heard = new List<RefusedContext>();
        await using var system = await StartAsync(options =>
            options.Events.OnRefused = context =>
            {
                heard.Add(context);
                return Task.CompletedTask;
            }
        );
        using var client = system.CreateClient();
        using var browser = new Browser();
        var token = (await client.SignInAsync(browser)).AccessToken;
        await client.CallAsync(system.McpOrigin + "/seen", null, HttpMethod.Get);
        await client.CallAsync(system.McpOrigin + "/seen", "x", HttpMethod.Get);
        await client.CallAsync(system.McpOrigin + "/scoped", token, HttpMethod.Get);
        Assert.Equal(
            [(401, "invalid_request"), (401, "invalid_token"), (403, "insufficient_scope")],
            heard.Select(refused => (refused.StatusCode, refused.Error))
        );
    }

    private static Task<TestSystem> StartAsync(Action<ResourceServerOptions> configure) =>
        TestSystem.StartAsync(options =>
        {
            options.Standalone = true;
            options.Mcp = builder => builder.Services.AddAuthentication().AddMcpOidc(configure);
            options.Map = app =>
                app.MapGet("/seen", (HttpContext http) => string.Join(',', http.User.FindAll("seen").Select(claim => claim.Value)))
                    .RequireMcpOidc();
        });
}
