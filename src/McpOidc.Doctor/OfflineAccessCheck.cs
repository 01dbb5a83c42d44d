using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether the identity provider will issue refresh tokens, without which tools lose access when its access token
/// expires.</summary>
internal sealed class OfflineAccessCheck : ICheck
{
    private const string Scope = "offline_access";

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        foreach (var provider in examination.Providers)
        {
            yield return Judge(new Finding("offline access" + provider.Suffix), provider);
        }
    }

    // glewlwyd, for instance.
    private static bool GivesThemUnasked(System.Text.Json.Nodes.JsonObject? document) =>
        document is not null
        && IdentityProviderDiscoveryCheck.Strings(document, "grant_types_supported") is { } grants
        && grants.Contains("refresh_token")
        && IdentityProviderDiscoveryCheck.Strings(document, "scopes_supported") is { } scopes
        && !scopes.Contains(Scope);

    private static DoctorFinding Judge(Finding finding, ExaminedProvider provider)
    {
        var options = provider.Options;
        var scopes = provider.Setting(nameof(IdentityProviderOptions.Scopes));
        if (options.OAuth.IsUsed)
        {
            return finding.Ok("The provider decides on refresh tokens; without one, its user endpoint is called to check a user.");
        }

        if (options.AdditionalParameters.TryGetValue("access_type", out var access) && access == "offline")
        {
            return finding.Ok("access_type=offline requests refresh tokens.");
        }

        if (!options.Scopes.Split(' ').Contains(Scope))
        {
            if (options.Preset == IdentityProviderPreset.LinkedIn)
            {
                return finding.Ok("LinkedIn issues no refresh tokens: tools lose access when its access token expires.");
            }

            // The preset has left the scope out, or added another one.
            if (options.Preset != IdentityProviderPreset.None || GivesThemUnasked(provider.Document))
            {
                return finding.Ok($"The provider issues refresh tokens without the scope {Scope}.");
            }

            return finding.Warning(
                "No refresh token is requested from the provider: tools lose access when its access token expires, and disabled users are "
                    + "not noticed at refresh.",
                $"Add {Scope} to {scopes}, or set {provider.Setting(nameof(IdentityProviderOptions.Preset))} to your provider (Google: "
                    + $"access_type=offline). Ignore this if no tool calls the provider's APIs."
            );
        }

        if (provider.Document is not { } document)
        {
            return finding.Skipped("The provider's metadata are unknown.");
        }

        if (IdentityProviderDiscoveryCheck.Strings(document, "scopes_supported") is { } known && !known.Contains(Scope))
        {
            return finding.Warning(
                $"{Scope} is requested, but is not among the provider's listed scopes.",
                $"Allow it for the client at the provider. If the provider uses another method, set "
                    + $"{provider.Setting(nameof(IdentityProviderOptions.Preset))}."
            );
        }

        return IdentityProviderDiscoveryCheck.Strings(document, "grant_types_supported") is { } grants && !grants.Contains("refresh_token")
            ? finding.Warning("The provider does not list the refresh token grant.", "Allow refresh tokens for the client at the provider.")
            : finding.Ok($"{Scope} is requested.");
    }
}
