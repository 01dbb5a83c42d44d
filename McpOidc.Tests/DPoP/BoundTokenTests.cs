using System.Net.Http.Json;
using System.Text.Json.Nodes;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.DPoP;

/// <summary>DPoP at a protected MCP server (RFC 9449 §7), integrated and standalone.</summary>
public sealed class BoundTokenTests(BothModes modes) : IClassFixture<BothModes>, IDisposable
{
    private readonly ClientKey _key = new();
    private readonly ClientKey _other = new();

    public static TheoryData<string, Func<ClientKey, string, string, string?, string>> Wrong => Proofs.Wrong;

    public void Dispose()
    {
        _key.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_bound_token_requires_a_proof_by_its_key_for_the_same_request(bool standalone)
    {
        var (system, token) = await SignInAsync(standalone);
        var url = system.Echo;
        Assert.Equal(200, (await CallAsync(system, "DPoP", token, _key.Proof("POST", url, token))).Status);
        Assert.Equal(200, (await CallAsync(system, "dpop", token, _key.Proof("POST", url + "?x=1", token))).Status);
        Assert.Equal((401, "invalid_dpop_proof"), Short(await CallAsync(system, "DPoP", token)));
        Assert.Equal(
            (401, "invalid_dpop_proof"),
            Short(await CallAsync(system, "DPoP", token, _key.Proof("POST", url, token), _key.Proof("POST", url, token)))
        );
        Assert.Equal((401, "invalid_dpop_proof"), Short(await CallAsync(system, "DPoP", token, _key.Proof("POST", url))));
        Assert.Equal((401, "invalid_dpop_proof"), Short(await CallAsync(system, "DPoP", token, _key.Proof("POST", url, "another token"))));
        Assert.Equal((401, "invalid_token"), Short(await CallAsync(system, "DPoP", token, _other.Proof("POST", url, token))));
        Assert.Equal((401, "invalid_token"), Short(await CallAsync(system, "Bearer", token, _key.Proof("POST", url, token))));
        Assert.Equal((401, "invalid_token"), Short(await CallAsync(system, "Bearer", token)));
        Assert.Equal(
            (401, "invalid_token"),
            Short(await CallAsync(system, "DPoP", system.Tokens.AccessToken, _key.Proof("POST", url, system.Tokens.AccessToken)))
        );
        Assert.Equal(200, (await CallAsync(system, "Bearer", system.Tokens.AccessToken)).Status);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task An_invalid_proof_is_refused(string what, Func<ClientKey, string, string, string?, string> make)
    {
        Assert.NotEmpty(what);
        var (system, token) = await SignInAsync(standalone: true);
        Assert.Equal((401, "invalid_dpop_proof"), Short(await CallAsync(system, "DPoP", token, make(_key, "POST", system.Echo, token))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proof_is_accepted_once(bool standalone)
    {
        var (system, token) = await SignInAsync(standalone);
        var proof = _key.Proof("POST", system.Echo, token);
        var answers = await Task.Run(() => Task.WhenAll(Enumerable.Range(0, 20).Select(_ => CallAsync(system, "DPoP", token, proof))));
        Assert.Single(answers, answer => answer.Status == 200);
        Assert.All(answers.Where(answer => answer.Status != 200), answer => Assert.Equal((401, "invalid_dpop_proof"), Short(answer)));
    }

    [Fact]
    public async Task The_challenge_for_a_bound_token_lists_DPoP_and_its_algorithms_and_other_challenges_do_not()
    {
        var (system, token) = await SignInAsync(standalone: false);
        var challenges = (await CallAsync(system, "Bearer", token)).Challenges;
        Assert.Contains(
            challenges,
            challenge =>
                challenge.StartsWith("DPoP ", StringComparison.Ordinal)
                && challenge.Contains("algs=\"ES256 ", StringComparison.Ordinal)
                && challenge.Contains("error=\"invalid_token\"", StringComparison.Ordinal)
        );
        Assert.Contains(
            challenges,
            challenge =>
                challenge.StartsWith("Bearer ", StringComparison.Ordinal)
                && challenge.Contains("resource_metadata=", StringComparison.Ordinal)
        );
        Assert.StartsWith("Bearer ", Assert.Single((await CallAsync(system, "Bearer", "unknown")).Challenges), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_resource_metadata_lists_the_proof_algorithms()
    {
        var system = await modes.InAsync(standalone: true);
        var document = await system.Client.Http.GetFromJsonAsync<JsonObject>(
            system.System.McpOrigin + "/.well-known/oauth-protected-resource"
        );
        Assert.Contains("ES256", document!["dpop_signing_alg_values_supported"]!.AsArray().Select(item => item!.ToString()));
    }

    private static (int, string?) Short(Answer answer) => (answer.Status, answer.Error);

    private async Task<(SignedInSystem System, string Token)> SignInAsync(bool standalone)
    {
        var system = await modes.InAsync(standalone);
        using var client = system.System.CreateClient();
        client.Proof = url => _key.Proof("POST", url);
        return (system, (await client.SignInAsync(system.Browser)).AccessToken);
    }

    private static async Task<Answer> CallAsync(SignedInSystem system, string scheme, string token, params string[] proofs)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, system.Echo);
        request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {token}");
        request.Headers.TryAddWithoutValidation("DPoP", proofs);
        using var response = await system.Client.Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(
            (int)response.StatusCode,
            text.StartsWith('{') ? JsonNode.Parse(text)!["error"]?.ToString() : null,
            response.Headers.TryGetValues("WWW-Authenticate", out var challenges) ? [.. challenges] : []
        );
    }

    private sealed record Answer(int Status, string? Error, string[] Challenges);
}
