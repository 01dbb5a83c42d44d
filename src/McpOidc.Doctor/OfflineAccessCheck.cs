using System.Runtime.CompilerServices;
using McpOidc.Configuration;

namespace McpOidc.Doctor;

/// <summary>Whether the identity provider will give a refresh token, without which tools lose its access token when that ends.</summary>
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
            return finding.Ok("Refresh tokens come as the provider gives them; without one, its user endpoint is asked about a person.");
        }

        if (options.AdditionalParameters.TryGetValue("access_type", out var access) && access == "offline")
        {
            return finding.Ok("Refresh tokens are asked for by access_type=offline.");
        }

        if (!options.Scopes.Split(' ').Contains(Scope))
        {
            if (GivesThemUnasked(provider.Document))
            {
                return finding.Ok($"The provider has refresh tokens and no scope {Scope}: it gives them without.");
            }

            return finding.Warning(
                "No refresh token is asked of the provider: tools lose its access token when that ends, and who is disabled there is not "
                    + "noticed at refresh.",
                $"Add {Scope} to {scopes}, or set {provider.Setting(nameof(IdentityProviderOptions.Preset))} to your provider (Google: "
                    + $"access_type=offline). Leave it where no tool calls the provider's APIs."
            );
        }

        if (provider.Document is not { } document)
        {
            return finding.Skipped("The provider's metadata are not known.");
        }

        if (IdentityProviderDiscoveryCheck.Strings(document, "scopes_supported") is { } known && !known.Contains(Scope))
        {
            return finding.Warning(
                $"{Scope} is asked for, but the provider does not list it among its scopes.",
                $"Allow it for the client at the provider; a provider that knows another way needs "
                    + $"{provider.Setting(nameof(IdentityProviderOptions.Preset))}."
            );
        }

        return IdentityProviderDiscoveryCheck.Strings(document, "grant_types_supported") is { } grants && !grants.Contains("refresh_token")
            ? finding.Warning("The provider does not list the refresh token grant.", "Allow refresh tokens for the client at the provider.")
            : finding.Ok($"{Scope} is asked for.");
    }
}
