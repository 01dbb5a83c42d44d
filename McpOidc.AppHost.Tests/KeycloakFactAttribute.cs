using System.Diagnostics;

namespace McpOidc.AppHost.Tests;

/// <summary>
/// A test that needs Keycloak's image: skipped with the reason if the image has not been pulled, unless <c>APPHOST_KEYCLOAK=1</c> requires
/// it. The machines of <c>.ci/run</c> reach no registry; those of <c>.github/workflows/ci.yml</c> do.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class KeycloakFactAttribute : FactAttribute
{
    private const string Image = "quay.io/keycloak/keycloak:26.6";

    public KeycloakFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("APPHOST_KEYCLOAK") != "1" && !HasImage())
        {
            Skip = $"There is no image: docker pull {Image}.";
        }
    }

    private static bool HasImage()
    {
        if (ContainersFactAttribute.Engine is not { } engine)
        {
            return false;
        }

        using var process = Process.Start(
            new ProcessStartInfo(engine, ["image", "inspect", Image]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process.WaitForExit(TimeSpan.FromSeconds(10)) && process.ExitCode == 0;
    }
}
