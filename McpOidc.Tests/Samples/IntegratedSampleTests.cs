using McpOidc.Tests.Hosting;
using McpOidc.Tests.Packages;

namespace McpOidc.Tests.Samples;

/// <summary>samples/integrated.cs.</summary>
[Collection(BuildsOthersCollection.Name)]
public sealed class IntegratedSampleTests(PackedPackages packages)
{
    [Fact]
    public async Task A_person_can_sign_in_at_the_single_file_server()
    {
        var folder = Path.Combine(packages.Folder, "integrated-sample");
        Directory.CreateDirectory(folder);
        await DotnetCommand.RunAsync(
            SourceTree.Root,
            new Dictionary<string, string>(),
            "build",
            Path.Combine("samples", "integrated.cs"),
            "--output",
            Path.Combine(folder, "bin"),
            "-v",
            "quiet"
        );

        var origin = $"http://localhost:{Loopback.FreePort()}";
        await using var program = await ProgramProcess.StartAssemblyAsync(
            Path.Combine(folder, "bin", "integrated.dll"),
            folder,
            new Uri(origin + "/mcp"),
            new Dictionary<string, string> { ["Origin"] = origin, ["DevIdp__Issuer"] = $"http://localhost:{Loopback.FreePort()}" }
        );
        await using var client = await SdkClient.ConnectAsync(origin + "/mcp");
        Assert.Equal("Alice Adams", await client.CallAsync("whoami"));
        Assert.Equal(1, client.SignIns);
    }
}
