using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Doctor;

/// <summary>Finds settings of the npm package <c>mcp-oidc-provider</c>, which have no effect here.</summary>
internal sealed class LeftOverSettingsCheck : ICheck
{
    private const string Prefix = "OIDC_";
    private static readonly string[] s_names = ["JWKS", "SESSION_SECRET"];
    private static readonly Finding s_finding = new("left over settings");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        // Only their names: most of them are secrets.
        string[] found =
        [
            .. examination
                .Services.GetRequiredService<IConfiguration>()
                .GetChildren()
                .Where(setting => !string.IsNullOrEmpty(setting.Value) && IsLeftOver(setting.Key))
                .Select(setting => setting.Key)
                .Order(StringComparer.Ordinal),
        ];
        if (found.Length > 0)
        {
            yield return s_finding.Warning(
                $"{string.Join(", ", found)}: {(found.Length == 1 ? "a setting" : "settings")} of the npm package mcp-oidc-provider, with "
                    + "no effect here.",
                "Replace them as described in docs/migration-from-npm.md, and remove them."
            );
        }
    }

    private static bool IsLeftOver(string name) =>
        s_names.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
}
