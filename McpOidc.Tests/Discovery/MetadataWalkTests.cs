using System.Text.Json.Nodes;

namespace McpOidc.Tests.Discovery;

/// <summary>
/// Every metadata member is a promise. Each is proved by use, and the document itself lists what needs proof: a new member has no proof, so
/// the test fails.
/// </summary>
public sealed class MetadataWalkTests(WalkedSystem system) : IClassFixture<WalkedSystem>
{
    [Fact]
    public async Task Everything_that_the_authorization_server_metadata_claims_is_true() =>
        await WalkAsync(await WalkedSystem.ReadAsync(system.System.Issuer + "/.well-known/oauth-authorization-server"), ServerProofs.All);

    // So one walk covers both.
    [Fact]
    public async Task Both_metadata_documents_of_the_authorization_server_say_the_same() =>
        Assert.Equal(
            (await WalkedSystem.ReadAsync(system.System.Issuer + "/.well-known/oauth-authorization-server")).ToJsonString(),
            (await WalkedSystem.ReadAsync(system.System.Issuer + "/.well-known/openid-configuration")).ToJsonString()
        );

    [Fact]
    public async Task Everything_that_the_resource_metadata_claims_is_true() =>
        await WalkAsync(
            await WalkedSystem.ReadAsync(system.System.McpOrigin + "/.well-known/oauth-protected-resource/mcp"),
            ResourceProofs.All
        );

    // Otherwise a proof that proves nothing remains, and the next reader believes that the member exists.
    [Fact]
    public async Task Every_metadata_proof_belongs_to_an_existing_member()
    {
        var server = await WalkedSystem.ReadAsync(system.System.Issuer + "/.well-known/oauth-authorization-server");
        var resource = await WalkedSystem.ReadAsync(system.System.McpOrigin + "/.well-known/oauth-protected-resource/mcp");
        Assert.Empty(ServerProofs.All.Keys.Except(server.Select(member => member.Key)));
        Assert.Empty(ResourceProofs.All.Keys.Except(resource.Select(member => member.Key)));
    }

    private async Task WalkAsync(JsonObject document, IReadOnlyDictionary<string, Func<WalkedSystem, JsonNode, Task>> proofs)
    {
        var failures = new List<string>();
        foreach (var (member, value) in document)
        {
            if (!proofs.TryGetValue(member, out var prove))
            {
                failures.Add($"{member} is {value?.ToJsonString()}, and nothing proves it. Add a proof that uses it.");
                continue;
            }

            try
            {
                await prove(system, value!).WaitAsync(TimeSpan.FromMinutes(3));
            }
            catch (Exception exception)
            {
                failures.Add($"{member} is {value!.ToJsonString()}, and it is not so. {exception}");
            }
        }

        Assert.True(failures.Count == 0, string.Join(Environment.NewLine, failures));
    }
}
