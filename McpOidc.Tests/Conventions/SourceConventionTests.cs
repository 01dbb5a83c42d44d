using System.Reflection;
using System.Text.RegularExpressions;
using McpOidc.Registration;
using McpOidc.Token;

namespace McpOidc.Tests.Conventions;

/// <summary>What readers can rely on in every file (CONTRIBUTING.md).</summary>
public sealed partial class SourceConventionTests
{
    private const int MaximumLines = 400;
    private const int MaximumWidth = 140;
    private const int MaximumDependencies = 8;

    public static TheoryData<string> Projects =>
        [.. Repository.Libraries, "McpOidc.AuthServer", "McpOidc.McpServer", "McpOidc.DevIdp", "McpOidc.Tests", "McpOidc.Benchmarks"];

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_namespace_of_a_file_matches_its_folder(string project)
    {
        var wrong = Repository
            .SourcesOf(project)
            .Select(file =>
                (
                    File: Path.Combine(project, Path.GetRelativePath(Repository.FolderOf(project), file)),
                    Declared: Namespace().Match(File.ReadAllText(file)).Groups[1].Value
                )
            )
            .Where(source => source.Declared.Length > 0 && source.Declared != NamespaceOf(project, Path.GetDirectoryName(source.File)!))
            // Applications look for extension methods there, and need no using directive for them.
            .Where(source =>
                !(
                    source.File.EndsWith("Extensions.cs", StringComparison.Ordinal)
                    && Path.GetDirectoryName(source.File) == project
                    && source.Declared.StartsWith("Microsoft.", StringComparison.Ordinal)
                )
            );
        Assert.Empty(wrong);
    }

    // The packages of one library share its root namespace.
    private static string NamespaceOf(string project, string folder)
    {
        var file = Path.Combine(Repository.FolderOf(project), project + ".csproj");
        var root = RootNamespace().Match(File.ReadAllText(file)) is { Success: true } named ? named.Groups[1].Value : project;
        return root + folder[project.Length..].Replace(Path.DirectorySeparatorChar, '.');
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_file_is_longer_than_four_hundred_lines(string project) =>
        Assert.Empty(Repository.SourcesOf(project).Where(file => File.ReadLines(file).Count() > MaximumLines).Select(Repository.Relative));

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_line_except_raw_text_is_longer_than_a_hundred_and_forty_characters(string project) =>
        Assert.Empty(
            from file in Repository.SourcesOf(project)
            from line in RawText().Replace(File.ReadAllText(file), "").Split('\n')
            where line.TrimEnd().Length > MaximumWidth
            select $"{Repository.Relative(file)}: {line.Trim()}"
        );

    [Fact]
    public void Every_log_message_has_a_unique_id()
    {
        var ids = Repository
            .Libraries.SelectMany(Repository.SourcesOf)
            .SelectMany(file => LogMessage().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value)
            .ToList();
        Assert.NotEmpty(ids);
        Assert.All(ids, id => Assert.True(int.TryParse(id, out _), $"[LoggerMessage({id}…] has no id."));
        Assert.Empty(ids.GroupBy(id => id).Where(group => group.Count() > 1).Select(group => group.Key));
    }

    [Fact]
    public void The_library_logs_only_through_generated_methods() =>
        Assert.Empty(
            Repository
                .Libraries.SelectMany(Repository.SourcesOf)
                .Where(file => DirectLog().IsMatch(File.ReadAllText(file)))
                .Select(Repository.Relative)
        );

    [Fact]
    public void Library_types_are_sealed_and_internal_unless_users_need_them()
    {
        var types = Library.Types;
        var open = types
            .Where(type =>
                type is { IsClass: true, IsAbstract: false, IsSealed: false, IsNested: false }
                && type.Namespace?.StartsWith("McpOidc", StringComparison.Ordinal) == true
            )
            .Where(type => !types.Any(other => other.BaseType == type))
            .Select(type => type.FullName);
        Assert.Empty(open);
    }

    [Fact]
    public void No_library_class_except_records_has_a_constructor_with_more_than_eight_parameters()
    {
        var services = Library.Types.Where(type => type.IsClass && type.GetMethod("<Clone>$") is null).ToList();
        Assert.Contains(typeof(Clients), services);
        Assert.DoesNotContain(typeof(GrantRecord), services);
        Assert.Empty(
            from type in services
            from constructor in type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            where constructor.GetParameters().Length > MaximumDependencies
            select $"{type.FullName}: {constructor.GetParameters().Length}"
        );
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void No_source_file_contains_unfinished_work(string project) =>
        Assert.Empty(
            Repository
                .SourcesOf(project)
                .Where(file =>
                    Leftover().IsMatch(File.ReadAllText(file))
                    && !file.EndsWith(nameof(SourceConventionTests) + ".cs", StringComparison.Ordinal)
                )
                .Select(Repository.Relative)
        );

    [GeneratedRegex("\"{3}[^\"].*?\"{3}", RegexOptions.Singleline)]
    private static partial Regex RawText();

    [GeneratedRegex("<RootNamespace>(.+)</RootNamespace>")]
    private static partial Regex RootNamespace();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\[LoggerMessage\(([^,]+),")]
    private static partial Regex LogMessage();

    [GeneratedRegex(@"\.Log(Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex DirectLog();

    [GeneratedRegex(@"TODO|FIXME|HACK|NotImplementedException|Thread\.Sleep")]
    private static partial Regex Leftover();
}
