using System.Globalization;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>
/// What the deployment files say about the rest of the system, read as text: no compiler checks them, so a renamed setting, project or path
/// would go unnoticed. The AppHost is checked by running it (McpOidc.AppHost.Tests).
/// </summary>
/// <param name="change">Changes the text of a file, given its path from the root, before it is checked.</param>
internal sealed partial class DeploymentContract(Func<string, string, string>? change = null)
{
    public const string Azure = "azure.yaml";
    public const string Compose = "deploy/compose/compose.yaml";
    public const string ComposeVariables = "deploy/compose/.env.example";
    public const string Caddy = "deploy/compose/Caddyfile";
    public const string Kubernetes = "deploy/kubernetes/mcpoidc.yaml";
    public const string Realm = "McpOidc.AppHost/realms/mcp-realm.json";
    private const int ServerStopSeconds = 30;
    private static readonly string[] s_servers =
    [
        "McpOidc.AuthServer/McpOidc.AuthServer.csproj",
        "McpOidc.McpServer/McpOidc.McpServer.csproj",
    ];
    private static readonly string[] s_ofEachDeployment =
    [
        "automountServiceAccountToken: false\n",
        "startupProbe:",
        "livenessProbe:",
        "readinessProbe:",
        "topologySpreadConstraints:",
        "preStop:",
        "kind: PodDisruptionBudget\n",
        "kind: HorizontalPodAutoscaler\n",
    ];

    private static readonly string[] s_healthPaths = ["/health", "/alive"];

    /// <summary>The files that set our environment variables.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories)
            .Select(Repository.Relative)
            .Order(StringComparer.Ordinal),
    ];

    public string Read(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, file));
        return change?.Invoke(file, text) ?? text;
    }

    /// <summary>All mismatches, as sentences.</summary>
    public IEnumerable<string> FindProblems() =>
        [.. Variables(), .. AzureFile(), .. RealmProblems(), .. ImageProblems(), .. ComposeProblems(), .. KubernetesProblems()];

    /// <summary>The settings in a text.</summary>
    public static IEnumerable<string> SettingsIn(string text) =>
        Setting().Matches(text).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    private IEnumerable<string> Variables() =>
        Files.SelectMany(file =>
            SettingsIn(Read(file))
                .Where(variable => !OptionNames.Contains(variable))
                .Select(variable => $"{file} sets {variable}, which no options class has.")
        );

    private IEnumerable<string> AzureFile()
    {
        var text = Read(Azure);
        var project = AzureProject().Match(text).Groups[1].Value;
        if (!File.Exists(Path.Combine(Repository.Root, project)) || !project.EndsWith("McpOidc.AppHost.csproj", StringComparison.Ordinal))
        {
            yield return $"{Azure} names the project '{project}', which is not the AppHost.";
        }

        if (!AzureHost().IsMatch(text) || !AzureLanguage().IsMatch(text))
        {
            yield return $"{Azure} does not describe a .NET service on Azure Container Apps.";
        }
    }

    private IEnumerable<string> ImageProblems()
    {
        var images = s_servers.SelectMany(project => Found(ContainerRepository(), project)).ToList();
        var named = Found(Image(), Compose).Concat(Found(Image(), Kubernetes)).ToList();
        return named
            .Except(images, StringComparer.Ordinal)
            .Concat(images.Except(named, StringComparer.Ordinal))
            .Select(image => $"The image {image} is not both built and run.")
            .Concat(
                s_servers
                    .Where(project =>
                        !Read(project).Contains("<ContainerFamily>noble-chiseled</ContainerFamily>", StringComparison.Ordinal)
                    )
                    .Select(project => $"{project} has an image with a shell.")
            );
    }

    private IEnumerable<string> ComposeProblems()
    {
        var used = Found(ComposeVariable(), Compose).ToList();
        var explained = Found(ExampleVariable(), ComposeVariables).ToList();
        var services = Found(ComposeService(), Compose).ToList();
        var files = Found(ComposeFile(), Compose).Where(file => !File.Exists(Path.Combine(Repository.Root, "deploy/compose", file)));
        return used.Except(explained, StringComparer.Ordinal)
            .Concat(explained.Except(used, StringComparer.Ordinal))
            .Select(variable => $"{variable} is not both used and explained by the compose files.")
            .Concat(
                Found(CaddyUpstream(), Caddy)
                    .Except([.. services, .. services.SelectMany(Containers)], StringComparer.Ordinal)
                    .Select(service => $"Caddy asks {service}, which is no service.")
            )
            .Concat(files.Select(file => $"deploy/compose/{file} does not exist."))
            .Concat(Found(HealthPath(), Caddy).Except(s_healthPaths, StringComparer.Ordinal).Select(path => $"Nothing answers at {path}."))
            .Concat(Missing(Compose, "read_only: true", "cap_drop: [ALL]", "no-new-privileges:true"))
            .Concat(
                Count("deploy: { replicas: 2 }", Compose) == 2 ? [] : new[] { "Compose has not two of each server, which Caddy names." }
            )
            .Concat(
                Found(StopPeriod(), Compose)
                    .Where(IsShort)
                    .Select(seconds => $"A server needs up to {ServerStopSeconds} seconds to stop; Compose gives {seconds}.")
            );
    }

    private IEnumerable<string> KubernetesProblems()
    {
        var given = Found(ConfigurationKey(), Kubernetes).Concat(Found(SecretKey(), "docs/deploy-kubernetes.md"));
        return Found(KubernetesKey(), Kubernetes)
            .Except(given, StringComparer.Ordinal)
            .Select(key => $"Kubernetes has no value for {key}.")
            .Concat(
                Found(HealthPath(), Kubernetes).Except(s_healthPaths, StringComparer.Ordinal).Select(path => $"Nothing answers at {path}.")
            )
            .Concat(Missing(Kubernetes, "readOnlyRootFilesystem: true", "runAsNonRoot: true", "replicas: 2"))
            .Concat(
                s_ofEachDeployment
                    .Where(line => Count(line, Kubernetes) != Count("kind: Deployment\n", Kubernetes))
                    .Select(line => $"Not every Deployment has one '{line.Trim()}'.")
            )
            .Concat(
                Found(StopPeriod(), Kubernetes)
                    .Where(IsShort)
                    .Select(seconds => $"A server needs up to {ServerStopSeconds} seconds to stop; Kubernetes gives {seconds}.")
            );
    }

    private IEnumerable<string> Found(Regex pattern, string file) =>
        pattern.Matches(Read(file)).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal);

    private IEnumerable<string> Missing(string file, params string[] lines) =>
        lines.Where(line => !Read(file).Contains(line, StringComparison.Ordinal)).Select(line => $"{file} lacks '{line}'.");

    private int Count(string text, string file) => Read(file).Split(text).Length - 1;

    // The names that Compose gives to the containers of compose.yaml.
    private static IEnumerable<string> Containers(string service) => [$"mcpoidc-{service}-1", $"mcpoidc-{service}-2"];

    private static bool IsShort(string seconds) => int.Parse(seconds, CultureInfo.InvariantCulture) <= ServerStopSeconds;

    [GeneratedRegex(@"\b(?:McpOidc|DevIdp)(?:__[A-Za-z0-9]+)+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"^    project: (\S+)\r?$", RegexOptions.Multiline)]
    private static partial Regex AzureProject();

    [GeneratedRegex(@"^    host: containerapp\r?$", RegexOptions.Multiline)]
    private static partial Regex AzureHost();

    [GeneratedRegex(@"^    language: dotnet\r?$", RegexOptions.Multiline)]
    private static partial Regex AzureLanguage();

    [GeneratedRegex("<ContainerRepository>([^<]+)<")]
    private static partial Regex ContainerRepository();

    [GeneratedRegex(@"image: (mcpoidc[a-z-]*)[:$]")]
    private static partial Regex Image();

    [GeneratedRegex(@"\$\{([A-Za-z_]+)")]
    public static partial Regex ComposeVariable();

    [GeneratedRegex(@"^(?:# )?([A-Za-z_]+)=", RegexOptions.Multiline)]
    public static partial Regex ExampleVariable();

    [GeneratedRegex(@"^  ([a-z]+):\r?$", RegexOptions.Multiline)]
    private static partial Regex ComposeService();

    [GeneratedRegex("\"\\./([^:\"]+):")]
    private static partial Regex ComposeFile();

    [GeneratedRegex(@"([a-z0-9-]+):8080")]
    private static partial Regex CaddyUpstream();

    [GeneratedRegex(@"(?:httpGet: \{ path:|health_uri) (/[a-z]+)")]
    private static partial Regex HealthPath();

    [GeneratedRegex(@"(?:stop_grace_period|terminationGracePeriodSeconds): (\d+)")]
    private static partial Regex StopPeriod();

    [GeneratedRegex("^  ([A-Za-z0-9_]+): \"", RegexOptions.Multiline)]
    private static partial Regex ConfigurationKey();

    [GeneratedRegex("--from-literal=([a-z-]+)=")]
    private static partial Regex SecretKey();

    [GeneratedRegex(@"KeyRef: \{ name: mcpoidc, key: ([A-Za-z0-9_-]+) \}")]
    public static partial Regex KubernetesKey();
}
