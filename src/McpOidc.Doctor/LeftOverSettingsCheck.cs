using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Doctor;

/// <summary>Settings of the npm package <c>mcp-oidc-provider</c> that stayed where this server runs: nobody reads them here.</summary>
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
        // Their names only: most of them are secrets.
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
                $"{string.Join(", ", found)}: the npm package mcp-oidc-provider read {(found.Length == 1 ? "this" : "these")}, and nobody "
                    + "does here.",
                "Compare docs/migration-from-npm.md, which names the settings that take their place, and remove them."
            );
        }
    }

    private static bool IsLeftOver(string name) =>
        s_names.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
}
