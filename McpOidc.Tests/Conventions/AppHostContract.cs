using System.Text.RegularExpressions;
using McpOidc.Configuration;

namespace McpOidc.Tests.Conventions;

/// <summary>
/// What the AppHost and the deployment files say of the rest of the system, read as text: nothing references them, and where the package
/// feed lacks Aspire nothing compiles them, so a renamed setting, project or file would go unnoticed.
/// </summary>
/// <param name="change">Changes the text of a file, named by its path below the root, before it is looked at.</param>
internal sealed partial class AppHostContract(Func<string, string, string>? change = null)
{
    public const string Folder = "McpOidc.AppHost";
    public const string Realm = Folder + "/realms/mcp-realm.json";
    public const string Azure = "azure.yaml";

    /// <summary>What sets environment variables of ours.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, Folder), "*.cs").Select(Repository.Relative).Order(StringComparer.Ordinal),
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "deploy"), "*", SearchOption.AllDirectories).Select(Repository.Relative).Order(StringComparer.Ordinal),
    ];

    private static readonly string[] s_required =
    [
        "McpOidc__Issuer", "McpOidc__Secret", "McpOidc__Resources__0__Uri", "McpOidc__Authority", "McpOidc__Protection__Resource",
        "McpOidc__Upstream__Issuer", "McpOidc__Upstream__ClientId", "McpOidc__Upstream__ClientSecret", "McpOidc__Upstream__Scopes",
    ];

    private static readonly string[] s_paths =
    [
        "/health", "/alive", "/mcp", "/admin", "/realms/{realm}/account", "/realms/{realm}", EndpointPaths.OpenIdConfiguration,
        EndpointPaths.Admin + EndpointPaths.AdminRotateKeys, EndpointPaths.Admin + EndpointPaths.AdminRevokeAllSessions, EndpointPaths.Admin + EndpointPaths.AdminReapClients,
    ];

    private string AppHost => string.Concat(Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal)).Select(Read));

    public string Read(string file)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, file));
        return change?.Invoke(file, text) ?? text;
    }

    /// <summary>Everything that does not fit, as sentences.</summary>
    public IEnumerable<string> FindProblems()
        => [.. Variables(), .. Projects(), .. Paths(), .. Packages(), .. AzureFile(), .. RealmProblems(), .. DeploymentProblems()];

    /// <summary>The settings that a text names.</summary>
    public static IEnumerable<string> SettingsIn(string text) => Setting().Matches(text).Select(match => match.Value).Distinct(StringComparer.Ordinal);

    /// <summary>The text that the AppHost gives a variable; the last one, which is the run mode's.</summary>
    public string? Value(string variable) => Regex.Matches(AppHost, $"\"{variable}\", \"([^\"]*)\"").LastOrDefault()?.Groups[1].Value;

    private IEnumerable<string> Variables()
    {
        foreach (var file in Files)
        {
            foreach (var variable in SettingsIn(Read(file)).Where(variable => !OptionNames.Contains(variable)))
            {
                yield return $"{file} sets {variable}, which no options class has.";
            }
        }

        foreach (var missing in s_required.Except(SettingsIn(AppHost), StringComparer.Ordinal))
        {
            yield return $"The AppHost does not set {missing}.";
        }
    }

    private IEnumerable<string> Projects()
    {
        var solution = SolutionProject().Matches(Read("McpOidc.sln")).Select(match => match.Groups[1].Value);
        var project = Read($"{Folder}/{Folder}.csproj");
        var references = ProjectReference().Matches(project).Select(match => match.Groups[1].Value.Trim()).ToList();
        var named = ProjectName().Matches(AppHost).Select(match => match.Groups[1].Value.Replace('_', '.')).Distinct(StringComparer.Ordinal).ToList();
        return named.Except(solution, StringComparer.Ordinal).Select(name => $"{name} is not in McpOidc.sln.")
            .Concat(named.Except(references.Select(Path.GetFileNameWithoutExtension), StringComparer.Ordinal).Select(name => $"{name} is not referenced."))
            .Concat(references.Select(reference => Path.GetFileNameWithoutExtension(reference)!).Except(named, StringComparer.Ordinal).Select(name => $"{name} is referenced and not used."))
            .Concat(references.Where(reference => !File.Exists(Path.Combine(Repository.Root, Folder, reference))).Select(reference => $"{reference} does not exist."));
    }

    private IEnumerable<string> Paths()
    {
        var files = RelativePath().Matches(AppHost).Select(match => match.Groups[1].Value).Where(path => !Path.Exists(Path.Combine(Repository.Root, Folder, path)));
        var urls = UrlPath().Matches(AppHost).Select(match => match.Groups[1].Value).Except(s_paths, StringComparer.Ordinal);
        var documents = DocumentPath().Matches(AppHost).Select(match => match.Value).Where(path => !File.Exists(Path.Combine(Repository.Root, path)));
        return files.Concat(documents).Select(path => $"{path} does not exist.").Concat(urls.Select(path => $"Nothing answers at {path}."));
    }

    private IEnumerable<string> Packages()
    {
        var versions = PackageVersion().Matches(Read("Directory.Packages.props")).Select(match => match.Groups[1].Value);
        return new[] { Folder, Folder + ".Tests" }.SelectMany(project => PackageReference().Matches(Read($"{project}/{project}.csproj")))
            .Select(match => match.Groups[1].Value).Except(versions, StringComparer.Ordinal).Select(package => $"{package} has no central version.");
    }

    private IEnumerable<string> AzureFile()
    {
        var text = Read(Azure);
        var project = AzureProject().Match(text).Groups[1].Value;
        if (!File.Exists(Path.Combine(Repository.Root, project)) || !project.EndsWith($"{Folder}.csproj", StringComparison.Ordinal))
        {
            yield return $"{Azure} names the project '{project}', which is not the AppHost.";
        }

        if (!AzureHost().IsMatch(text) || !AzureLanguage().IsMatch(text))
        {
            yield return $"{Azure} does not describe a .NET service on Azure Container Apps.";
        }
    }

    [GeneratedRegex(@"\b(?:McpOidc|DevIdp)(?:__[A-Za-z0-9]+)+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\bProjects\.(\w+)")]
    public static partial Regex ProjectName();

    [GeneratedRegex("\"(\\.{1,2}/[^\"]*)\"")]
    public static partial Regex RelativePath();

    [GeneratedRegex("[\"}](/[a-z.][^\"]*)\"")]
    public static partial Regex UrlPath();

    [GeneratedRegex(@"docs/[a-z-]+\.\w+")]
    public static partial Regex DocumentPath();

    [GeneratedRegex(@"^Project\(""[^""]*""\) = ""([^""]+)""", RegexOptions.Multiline)]
    private static partial Regex SolutionProject();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    public static partial Regex ProjectReference();

    [GeneratedRegex("<PackageReference Include=\"([^\"]+)\"")]
    public static partial Regex PackageReference();

    [GeneratedRegex("<PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"^    project: (\S+)\r?$", RegexOptions.Multiline)]
    private static partial Regex AzureProject();

    [GeneratedRegex(@"^    host: containerapp\r?$", RegexOptions.Multiline)]
    private static partial Regex AzureHost();

    [GeneratedRegex(@"^    language: dotnet\r?$", RegexOptions.Multiline)]
    private static partial Regex AzureLanguage();
}
