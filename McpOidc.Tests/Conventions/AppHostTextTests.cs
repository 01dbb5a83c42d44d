using System.Collections;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpOidc.Configuration;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Conventions;

/// <summary>
/// What the AppHost says of the rest of the system, read as text: nothing references the AppHost, and where the package feed lacks
/// Aspire nothing compiles it, so a renamed setting, project or file would go unnoticed.
/// </summary>
public sealed partial class AppHostTextTests
{
    private static readonly string s_root = SourceTree.Root;
    private static readonly string s_folder = Path.Combine(s_root, "McpOidc.AppHost");
    private static readonly string s_appHost = File.ReadAllText(Path.Combine(s_folder, "AppHost.cs"));
    private static readonly JsonNode s_realm = JsonNode.Parse(File.ReadAllText(Path.Combine(s_folder, "realms", "mcp-realm.json")))!;

    public static TheoryData<string> Settings => [.. Setting().Matches(s_appHost).Select(match => match.Value).Distinct(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_setting_of_the_AppHost_is_an_option(string variable)
        => Assert.True(IsOption(variable.Replace("__", ":", StringComparison.Ordinal)), $"AppHost.cs sets {variable}, which no options class has.");

    [Theory]
    [InlineData("McpOidc__Isuer")]
    [InlineData("McpOidc__Resources__Uri")]
    [InlineData("McpOidc__Resources__0__Url")]
    [InlineData("McpOidc__Upstream__Issuer__Name")]
    [InlineData("McpOidc__Upstream")]
    public void A_setting_that_no_options_class_has_would_be_found(string variable)
        => Assert.False(IsOption(variable.Replace("__", ":", StringComparison.Ordinal)));

    [Fact]
    public void Both_servers_get_what_they_refuse_to_start_without()
    {
        string[] required =
        [
            "McpOidc__Issuer", "McpOidc__Secret", "McpOidc__Resources__0__Uri", "McpOidc__Authority", "McpOidc__Protection__Resource",
            "McpOidc__Upstream__Issuer", "McpOidc__Upstream__ClientId",
        ];

        Assert.Empty(required.Except(Setting().Matches(s_appHost).Select(match => match.Value)));
    }

    [Fact]
    public void Every_project_of_the_AppHost_is_in_the_solution_and_referenced()
    {
        var solution = SolutionProject().Matches(File.ReadAllText(Path.Combine(s_root, "McpOidc.sln"))).Select(match => match.Groups[1].Value);
        var referenced = ProjectReference().Matches(File.ReadAllText(Path.Combine(s_folder, "McpOidc.AppHost.csproj")))
            .Select(match => Path.GetFileNameWithoutExtension(match.Groups[1].Value)).ToList();
        var named = ProjectName().Matches(s_appHost).Select(match => match.Groups[1].Value.Replace('_', '.')).Distinct(StringComparer.Ordinal).ToList();

        Assert.NotEmpty(named);
        Assert.Empty(named.Except(solution));
        Assert.Equal(named.Order(StringComparer.Ordinal), referenced.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_file_and_folder_that_the_AppHost_names_exists()
    {
        var source = RelativePath().Matches(s_appHost).Select(match => match.Groups[1].Value).ToList();
        var references = ProjectReference().Matches(File.ReadAllText(Path.Combine(s_folder, "McpOidc.AppHost.csproj"))).Select(match => match.Groups[1].Value);

        Assert.NotEmpty(source);
        Assert.All([.. source, .. references], path => Assert.True(Path.Exists(Path.Combine(s_folder, path)), $"McpOidc.AppHost/{path} does not exist."));
    }

    [Fact]
    public void Every_package_of_the_AppHost_has_a_central_version()
    {
        var versions = PackageVersion().Matches(File.ReadAllText(Path.Combine(s_root, "Directory.Packages.props"))).Select(match => match.Groups[1].Value);
        var packages = new[] { "McpOidc.AppHost", "McpOidc.AppHost.Tests" }
            .SelectMany(project => PackageReference().Matches(File.ReadAllText(Path.Combine(s_root, project, project + ".csproj"))))
            .Select(match => match.Groups[1].Value).ToList();

        Assert.NotEmpty(packages);
        Assert.Empty(packages.Except(versions));
    }

    [Fact]
    public void The_realm_is_the_one_in_the_issuer()
        => Assert.Contains($"/realms/{s_realm["realm"]}\"", s_appHost, StringComparison.Ordinal);

    [Fact]
    public void The_realm_has_the_client_of_the_auth_server()
    {
        var client = Client();

        Assert.True(client["enabled"]!.GetValue<bool>());
        Assert.True(client["standardFlowEnabled"]!.GetValue<bool>());
        Assert.False(client["publicClient"]!.GetValue<bool>());
        Assert.Equal(Value("McpOidc__Upstream__ClientSecret"), client["secret"]!.GetValue<string>());
    }

    [Fact]
    public void The_realm_redirects_to_the_callback_of_the_auth_server_and_nowhere_else()
    {
        var profile = JsonNode.Parse(File.ReadAllText(Path.Combine(s_root, "McpOidc.AuthServer", "Properties", "launchSettings.json")))!["profiles"]!["http"]!;

        Assert.Equal([profile["applicationUrl"]! + EndpointPaths.Callback], Strings(Client()["redirectUris"]));
    }

    [Fact]
    public void The_realm_grants_the_scopes_that_the_auth_server_asks_for()
    {
        var client = Client();
        var granted = Strings(client["defaultClientScopes"]).Concat(Strings(client["optionalClientScopes"])).Append("openid");

        Assert.Empty(Value("McpOidc__Upstream__Scopes").Split(' ').Except(granted));
    }

    [Fact]
    public void The_people_of_the_realm_can_sign_in_and_get_refresh_tokens()
        => Assert.All(s_realm["users"]!.AsArray(), user =>
        {
            Assert.True(user!["enabled"]!.GetValue<bool>());
            Assert.False(Assert.Single(user["credentials"]!.AsArray())!["temporary"]!.GetValue<bool>());
            Assert.Contains("offline_access", Strings(user["realmRoles"]));
        });

    private static JsonNode Client()
        => s_realm["clients"]!.AsArray().Single(client => client!["clientId"]!.GetValue<string>() == Value("McpOidc__Upstream__ClientId"))!;

    /// <summary>The text that the AppHost gives a variable, outside publish mode if they differ.</summary>
    private static string Value(string variable)
        => Regex.Matches(s_appHost, $"\"{variable}\", \"([^\"]*)\"").Last().Groups[1].Value;

    private static IEnumerable<string> Strings(JsonNode? array) => array!.AsArray().Select(item => item!.GetValue<string>());

    /// <summary>Whether a configuration key leads to a value: the longest section that fits, then property by property.</summary>
    private static bool IsOption(string key)
        => typeof(McpOidcOptions).Assembly.GetExportedTypes()
            .Select(type => (Type: type, Section: type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string))
            .Where(options => options.Section is not null && key.StartsWith(options.Section + ":", StringComparison.Ordinal))
            .Any(options => LeadsToValue(options.Type, key[(options.Section!.Length + 1)..].Split(':')));

    private static bool LeadsToValue(Type type, ReadOnlySpan<string> path)
    {
        if (path.IsEmpty)
        {
            return type == typeof(string) || Nullable.GetUnderlyingType(type) is not null || type.IsValueType;
        }

        if (type == typeof(string) || type.IsValueType)
        {
            return false;
        }

        if (type.IsGenericType && type.IsAssignableTo(typeof(IEnumerable)))
        {
            var fits = type.GetGenericArguments().Length == 2 || int.TryParse(path[0], out _);
            return fits && LeadsToValue(type.GetGenericArguments()[^1], path[1..]);
        }

        return type.GetProperty(path[0]) is { } property && LeadsToValue(property.PropertyType, path[1..]);
    }

    [GeneratedRegex("McpOidc(?:__[A-Za-z0-9]+)+")]
    private static partial Regex Setting();

    [GeneratedRegex(@"\bProjects\.(\w+)")]
    private static partial Regex ProjectName();

    [GeneratedRegex("\"(\\.{1,2}/[^\"]*)\"")]
    private static partial Regex RelativePath();

    [GeneratedRegex(@"^Project\(""[^""]*""\) = ""([^""]+)""", RegexOptions.Multiline)]
    private static partial Regex SolutionProject();

    [GeneratedRegex("<ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex ProjectReference();

    [GeneratedRegex("<PackageReference Include=\"([^\"]+)\"")]
    private static partial Regex PackageReference();

    [GeneratedRegex("<PackageVersion Include=\"([^\"]+)\"")]
    private static partial Regex PackageVersion();
}
