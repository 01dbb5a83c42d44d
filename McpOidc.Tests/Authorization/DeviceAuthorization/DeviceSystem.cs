using McpOidc.Tests.Hosting;
using McpOidc.Tests.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Authorization.DeviceAuthorization;

/// <summary>A server with the device authorization grant, clients with and without it, and a user with a browser.</summary>
public abstract class DeviceSystem : IAsyncDisposable
{
    protected Browser Person { get; } = new();

    protected TestSystem World { get; set; } = null!;

    public async ValueTask DisposeAsync()
    {
        Person.Dispose();
        await World.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task StartAsync(bool standalone = false, Action<TestSystemOptions>? configure = null) =>
        World = await TestSystem.StartAsync(options =>
        {
            options.Standalone = standalone;
            options.Set("McpOidc:DeviceAuthorization:Enabled", "true");
            options.Set("McpOidc:Resources:0:Scopes:0", "files:read");
            options.Mcp = builder => builder.Services.AddMcpServer().WithTools<FileTools>();
            Public(options, 0, "tv", "Living room", Device.GrantType, "refresh_token");
            Public(options, 1, "radio", "Kitchen", Device.GrantType);
            Public(options, 2, "web", "Web", "authorization_code");
            options.Set("McpOidc:Clients:2:RedirectUris:0", "https://app.example/cb");
            options.AddClient(3, "box", key: null, ("GrantTypes:0", Device.GrantType));
            configure?.Invoke(options);
        });

    private static void Public(TestSystemOptions options, int number, string id, string name, params string[] grants)
    {
        options.Set($"McpOidc:Clients:{number}:Id", id);
        options.Set($"McpOidc:Clients:{number}:Name", name);
        for (var grant = 0; grant < grants.Length; grant++)
        {
            options.Set($"McpOidc:Clients:{number}:GrantTypes:{grant}", grants[grant]);
        }
    }

    protected OAuthClient PublicClient(string id)
    {
        var client = World.CreateClient();
        client.ClientId = id;
        return client;
    }

    /// <summary>Waits until the device may poll again.</summary>
    protected void Wait() => World.Clock.Advance(TimeSpan.FromSeconds(6));

    private protected static async Task<(int Status, string? Error)> ErrorAsync(
        Device device,
        params (string Name, string? Value)[] changes
    )
    {
        var answer = await device.PollAsync(changes);
        return (answer.Status, answer.Error);
    }
}
