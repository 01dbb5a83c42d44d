using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Samples;

/// <summary>samples/ProtectExisting, next to an authorization server using the same file.</summary>
public sealed class ProtectExistingSampleTests
{
    [Fact]
    public async Task A_person_signs_in_is_asked_to_grant_the_scope_of_a_tool_and_has_her_own_notes()
    {
        using var store = TestStore.Sqlite();
        var origin = $"http://localhost:{Loopback.FreePort()}";
        await using var system = await TestSystem.StartAsync(
            options =>
            {
                options.Standalone = true;
                options.Set("McpOidc:Resources:1:Uri", origin + "/mcp");
            },
            store
        );
        var settings = store
            .Settings.Append(new("McpOidc:Authority", system.Issuer))
            .Append(new("McpOidc:ResourceServer:Resource", origin + "/mcp"))
            .ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => setting.Value ?? "");
        await using var program = await ProgramProcess.StartAssemblyAsync(
            Path.Combine(AppContext.BaseDirectory, "ProtectExisting.dll"),
            Path.GetTempPath(),
            new Uri(origin + "/mcp"),
            settings
        );

        await using var alice = await SdkClient.ConnectAsync(origin + "/mcp");
        Assert.Equal("", await alice.CallAsync("list_notes"));
        Assert.Equal(1, alice.SignIns);
        Assert.Equal("Kept.", await alice.CallAsync("add_note", ("text", "milk")));
        Assert.Equal(2, alice.SignIns);
        Assert.Equal("milk", await alice.CallAsync("list_notes"));

        using var browser = new Browser { UserName = "bob" };
        await using var bob = await SdkClient.ConnectAsync(origin + "/mcp", browser);
        Assert.Equal("", await bob.CallAsync("list_notes"));
    }
}
