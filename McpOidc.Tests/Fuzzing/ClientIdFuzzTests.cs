using System.Buffers.Text;
using System.Text.Json.Nodes;
using McpOidc.Registration;
using McpOidc.Registration.Stateless;
using McpOidc.Tests.Registration.Stateless;
using Xunit.Abstractions;

namespace McpOidc.Tests.Fuzzing;

/// <summary>Client ids that contain a registration: forged ones, and arbitrary content behind a valid MAC (security case S11).</summary>
public sealed class ClientIdFuzzTests(ITestOutputHelper output)
{
    private const string Key = "a-registration-key-of-at-least-thirty-two-characters";

    private static readonly JsonObject s_registration = new()
    {
        ["client_name"] = "A client, 日本語",
        ["redirect_uris"] = new JsonArray("http://127.0.0.1/cb", "https://client.example/cb"),
        ["token_endpoint_auth_method"] = "none",
        ["grant_types"] = new JsonArray("authorization_code", "refresh_token"),
        ["application_type"] = "native",
        ["response_types"] = new JsonArray("code"),
        ["client_uri"] = "https://client.example/",
        ["contacts"] = new JsonArray("a@client.example"),
    };

    [Fact]
    public Task Forged_text_is_not_a_valid_client_id()
    {
        var ids = StatelessClientIdTests.Ids(Key);
        var good = ids.Create(StatelessClientIdTests.Client("https://app.example/cb"))!.Client.ClientId;
        return new FuzzRun(output, "StatelessClientIds").RunAsync(
            FuzzInputs.Count(50_000),
            mutator => mutator.Text(good),
            text => Assert.True(text == good || ids.Read(text) is null, text)
        );
    }

    [Fact]
    public Task Arbitrary_bytes_behind_the_MAC_are_read_or_refused_and_never_cause_a_fault()
    {
        var body = StatelessFormat.Write(StatelessClientIdTests.Client("https://app.example/cb"), DateTimeOffset.UtcNow, new byte[8])!;
        var text = Convert.ToHexString(body);
        return new FuzzRun(output, "StatelessFormat").RunAsync(
            FuzzInputs.Count(50_000),
            mutator => Convert.FromHexString(Even(string.Concat(mutator.Text(text).Where(char.IsAsciiHexDigit)))),
            bytes => _ = StatelessFormat.Read(bytes)?.Metadata.Hash()
        );
    }

    [Fact]
    public Task Every_accepted_registration_round_trips_through_its_id_or_is_stored()
    {
        var ids = StatelessClientIdTests.Ids(Key);
        return new FuzzRun(output, "StatelessClientIds.Create").RunAsync(
            FuzzInputs.Count(20_000),
            mutator => mutator.Bytes(mutator.Json(s_registration)),
            sent =>
            {
                if (RegistrationRequest.Parse(sent).Metadata is { } metadata && ids.Create(metadata) is { } made)
                {
                    Assert.True(Base64Url.IsValid(made.Client.ClientId));
                    Assert.Equal(StatelessFormat.Keep(metadata).Hash(), ids.Read(made.Client.ClientId)!.Client.Metadata.Hash());
                }
            }
        );
    }

    private static string Even(string hex) => hex[..(hex.Length / 2 * 2)];
}
