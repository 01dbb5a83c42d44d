using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Account;

/// <summary>An application whose output cache keeps every page, as <c>AddBasePolicy</c> has it. It ignores <c>Cache-Control</c>.</summary>
public sealed class OutputCacheTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_output_cache_of_the_application_shows_no_person_the_page_of_another(bool isFirst)
    {
        await using var system = await TestSystem.StartAsync(options =>
        {
            options.Services = services =>
            {
                services.AddOutputCache(cache => cache.AddBasePolicy(policy => policy.Expire(TimeSpan.FromHours(1))));
                services.AddSingleton<IStartupFilter>(new FirstMiddleware(app => _ = isFirst ? app.UseOutputCache() : app));
            };
            options.Map = app =>
            {
                _ = isFirst ? app : app.UseOutputCache();
                app.MapGet("/number", () => Guid.NewGuid().ToString());
            };
        });
        foreach (var name in new[] { "alice", "bob" })
        {
            using var browser = new Browser { UserName = name };
            var account = await ShownAccount.OpenAsync(system, browser);
            Assert.Contains($"<bdi>{name}@example.com</bdi>", account.Html, StringComparison.Ordinal);
        }

        // The application's own pages are cached as before.
        using var http = new HttpClient();
        Assert.Equal(await http.GetStringAsync(system.McpOrigin + "/number"), await http.GetStringAsync(system.McpOrigin + "/number"));
    }
}
