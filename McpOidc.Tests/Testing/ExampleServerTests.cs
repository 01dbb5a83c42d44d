using System.Net;
using System.Net.Http.Headers;
using McpOidc.Testing;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using ProtectExisting;

namespace McpOidc.Tests.Testing;

/// <summary>The test of an existing application, as its developer writes it.</summary>
public sealed class ExampleServerTests
{
    [Fact]
    public async Task The_sample_accepts_only_callers_that_have_a_token_for_it()
    {
        await using var authority = await TestAuthorizationServer.StartAsync("http://localhost:3001/mcp");
        await using var app = new WebApplicationFactory<NoteTools>().WithWebHostBuilder(host =>
            host.ConfigureTestServices(services => services.UseTestAuthorizationServer(authority))
        );
        using var http = app.CreateClient(new() { BaseAddress = new Uri("http://localhost:3001") });
        Assert.Equal(HttpStatusCode.Unauthorized, (await http.PostAsync("/mcp", content: null)).StatusCode);

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await authority.SignInAsync());
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await http.PostAsync("/mcp", content: null)).StatusCode);
    }
}
