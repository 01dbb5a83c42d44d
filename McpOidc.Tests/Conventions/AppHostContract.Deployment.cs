using System.Globalization;
using System.Text.RegularExpressions;

namespace McpOidc.Tests.Conventions;

/// <summary>The deployment files against each other, the projects, the documentation and the harness.</summary>
internal sealed partial class AppHostContract
{
    public const string Compose = "deploy/compose/compose.yaml";
    public const string ComposeVariables = "deploy/compose/.env.example";
    public const string Caddy = "deploy/compose/Caddyfile";
    public const string Kubernetes = "deploy/kubernetes/mcpoidc.yaml";
    public const string Harness = Folder + ".Tests/AppHostTests.cs";
    private const int ServerStopSeconds = 30;
    private static readonly string[] s_servers = ["McpOidc.AuthServer/McpOidc.AuthServer.csproj", "McpOidc.McpServer/McpOidc.McpServer.csproj"];
    private static readonly string[] s_healthPaths = ["/health", "/alive"];

    private IEnumerable<string> DeploymentProblems()
        => [.. ImageProblems(), .. ComposeProblems(), .. KubernetesProblems(), .. AppHostNames()];

    private IEnumerable<string> ImageProblems()
    {
        var images = s_servers.SelectMany(project => Found(ContainerRepository(), project)).ToList();
        var named = Found(Image(), Compose).Concat(Found(Image(), Kubernetes)).ToList();
        return named.Except(images, StringComparer.Ordinal).Concat(images.Except(named, StringComparer.Ordinal)).Select(image => $"The image {image} is not both built and run.")
            .Concat(s_servers.Where(project => !Read(project).Contains("<ContainerFamily>noble-chiseled</ContainerFamily>", StringComparison.Ordinal)).Select(project => $"{project} has an image with a shell."));
    }

    private IEnumerable<string> ComposeProblems()
    {
        var used = Found(ComposeVariable(), Compose).ToList();
        var explained = Found(ExampleVariable(), ComposeVariables).ToList();
        var services = Found(ComposeService(), Compose).ToList();
        var files = Found(ComposeFile(), Compose).Where(file => !File.Exists(Path.Combine(Repository.Root, "deploy/compose", file)));
        return used.Except(explained, StringComparer.Ordinal).Concat(explained.Except(used, StringComparer.Ordinal)).Select(variable => $"{variable} is not both used and explained by the compose files.")
            .Concat(Found(CaddyUpstream(), Caddy).Except(services, StringComparer.Ordinal).Select(service => $"Caddy asks {service}, which is no service."))
            .Concat(files.Select(file => $"deploy/compose/{file} does not exist."))
            .Concat(Found(HealthPath(), Caddy).Except(s_healthPaths, StringComparer.Ordinal).Select(path => $"Nothing answers at {path}."))
            .Concat(Missing(Compose, "read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "deploy: { replicas: 2 }"))
            .Concat(Found(StopPeriod(), Compose).Where(IsShort).Select(seconds => $"A server needs up to {ServerStopSeconds} seconds to stop; Compose gives {seconds}."));
    }

    private IEnumerable<string> KubernetesProblems()
    {
        var given = Found(ConfigurationKey(), Kubernetes).Concat(Found(SecretKey(), "docs/deploy-kubernetes.md"));
        return Found(KubernetesKey(), Kubernetes).Except(given, StringComparer.Ordinal).Select(key => $"Kubernetes has no value for {key}.")
            .Concat(Found(HealthPath(), Kubernetes).Except(s_healthPaths, StringComparer.Ordinal).Select(path => $"Nothing answers at {path}."))
            .Concat(Missing(Kubernetes, "readOnlyRootFilesystem: true", "runAsNonRoot: true", "replicas: 2"))
            .Concat(Found(StopPeriod(), Kubernetes).Where(IsShort).Select(seconds => $"A server needs up to {ServerStopSeconds} seconds to stop; Kubernetes gives {seconds}."));
    }

    private IEnumerable<string> AppHostNames()
    {
        string[] readers = ["README.md", "docs/deploy-compose.md", Harness, .. Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal))];
        var switches = SwitchRead().Matches(AppHost).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal).ToList();
        var asked = readers.SelectMany(file => Found(Switch(), file)).Distinct(StringComparer.Ordinal).ToList();
        var resources = ResourceName().Matches(AppHost).Select(match => match.Groups[1].Value).ToList();
        var awaited = Regex.Matches(string.Concat(Found(AwaitedResources(), Harness)), "\"([a-z]+)\"").Select(match => match.Groups[1].Value);
        var parameters = Parameter().Matches(AppHost).Select(match => match.Groups[1].Value.Replace('-', '_'));
        var documentation = Read("docs/deploy-azure.md");
        return switches.Except(asked, StringComparer.Ordinal).Concat(asked.Except(switches, StringComparer.Ordinal)).Select(name => $"--{name} is not both explained and read.")
            .Concat(awaited.Except(resources, StringComparer.Ordinal).Select(name => $"The harness waits for {name}, which the AppHost does not have."))
            .Concat(parameters.Where(name => !documentation.Contains($"`{name}`", StringComparison.Ordinal)).Select(name => $"docs/deploy-azure.md does not know the parameter {name}."))
            .Concat(AppHost.Contains("server.Resource.Name == \"auth\" ? 2 : 1", StringComparison.Ordinal) && resources.Contains("auth") ? [] : ["The auth server is not published twice."]);
    }

    private IEnumerable<string> Found(Regex pattern, string file) => pattern.Matches(Read(file)).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal);

    private IEnumerable<string> Missing(string file, params string[] lines)
        => lines.Where(line => !Read(file).Contains(line, StringComparison.Ordinal)).Select(line => $"{file} lacks '{line}'.");

    private static bool IsShort(string seconds) => int.Parse(seconds, CultureInfo.InvariantCulture) <= ServerStopSeconds;

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

    [GeneratedRegex(@"(?:dynamic a|reverse_proxy) ([a-z]+)[: ]")]
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

    [GeneratedRegex("(?:GetValue\\(|onfiguration\\[)\"([A-Z][a-z]+)\"")]
    private static partial Regex SwitchRead();

    [GeneratedRegex("--([A-Z][A-Za-z]+)=")]
    private static partial Regex Switch();

    [GeneratedRegex("(?:AddRedis|AddKeycloakRealm|AddDemoIdentityProvider|AddProject<[A-Za-z_.]+>)\\(\"([a-z]+)\"")]
    private static partial Regex ResourceName();

    [GeneratedRegex(@"string\[\] s_\w+ = \[([^\]]+)\];")]
    private static partial Regex AwaitedResources();

    [GeneratedRegex("Add(?:Parameter|Url)\\(\"([a-z-]+)\"")]
    public static partial Regex Parameter();
}
