using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether an identity provider with back-channel logout can reach the endpoint for it.</summary>
internal sealed class BackChannelLogoutCheck : ICheck
{
    private static readonly Finding s_finding = new("back-channel logout");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Providers.Any(provider => provider.Document is null))
        {
            yield return s_finding.Skipped("It is unknown whether the provider supports it.");
            yield break;
        }

        if (
            !examination.Providers.Any(provider =>
                provider.Document?["backchannel_logout_supported"] is JsonValue value
                && value.TryGetValue<bool>(out var supported)
                && supported
            )
        )
        {
            yield return s_finding.Ok("No provider announces back-channel logout. A user disabled there is noticed at the next refresh.");
            yield break;
        }

        if (examination is not { Metadata: not null, Issuer: { } issuer })
        {
            yield return s_finding.Skipped("The server is unreachable.");
            yield break;
        }

        var url = issuer.Endpoint(EndpointPaths.BackChannelLogout);
        using var form = new FormUrlEncodedContent([]);
        var answer = await examination.Http.PostAsync(url, form, cancellationToken);
        yield return answer is { Status: 400, Error: "invalid_request" }
        && answer.Text("error_description")?.Contains("https only", StringComparison.Ordinal) is not true
            ? s_finding.Ok($"{url} accepts logout tokens. For the provider to send them, register this URL in its console.")
            : s_finding.Problem(
                $"{url} {answer.Does} to a request without a logout token, but the server would answer 400.",
                OwnSite.RemedyFor(answer)
            );
    }
}
