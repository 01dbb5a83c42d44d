using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using OpenIddict.Server;

namespace McpOidc.Tests.SignIn.Application;

/// <summary>An application that uses OpenIddict itself: startup refuses its server in the same process; the rest can share it.</summary>
public sealed class OwnOpenIddictServerTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_application_with_its_own_OpenIddict_server_does_not_start_and_says_why(bool isFirst)
    {
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            StartAsync(
                isFirst,
                services =>
                    services.AddOpenIddict().AddServer(server => server.SetTokenEndpointUris("connect/token").AllowClientCredentialsFlow())
            )
        );
        Assert.Contains("OpenIddict supports one server per process", exception.Message, StringComparison.Ordinal);
        Assert.Contains("UseApplicationSignIn()", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_that_configures_other_OpenIddict_entities_does_not_start_either()
    {
        var exception = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            StartAsync(isFirst: false, services => services.AddOpenIddict().AddCore(core => core.SetDefaultApplicationEntity<object>()))
        );
        Assert.Contains("OpenIddict supports one server per process", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_application_that_adds_an_OpenIddict_handler_and_client_starts_and_signs_people_in(bool isFirst)
    {
        var handled = 0;
        await using var system = await StartAsync(
            isFirst,
            services =>
                services
                    .AddOpenIddict()
                    .AddServer(server =>
                        server.AddEventHandler<OpenIddictServerEvents.ApplyTokenResponseContext>(handler =>
                            handler.UseInlineHandler(_ =>
                            {
                                handled++;
                                return default;
                            })
                        )
                    )
                    .AddValidation(_ => { })
        );
        using var browser = new Browser();
        using var client = system.CreateClient();
        Assert.Equal(200, (await client.SignInAsync(browser)).Status);
        Assert.Equal(1, handled);
    }

    private static Task<TestSystem> StartAsync(bool isFirst, Action<IServiceCollection> add) =>
        TestSystem.StartAsync(options =>
        {
            // Before or after AddMcpOidc(): applications do both.
            options.Server = builder =>
            {
                if (!isFirst)
                {
                    add(builder.Services);
                }
            };
            options.Services = isFirst ? add : null;
        });
}
