using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace McpOidc.AppHost.Tests.Mutations;

/// <summary>The AppHost's sources, to be compiled again with one of them changed.</summary>
internal sealed class AppHostSource
{
    private static readonly string s_folder = Projects.McpOidc_AppHost.ProjectPath;
    private static readonly string s_configuration = typeof(AppHostSource)
        .Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!
        .Configuration;
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);

    // The order of the trees decides nothing; that of the files decides what a seed draws.
    private readonly IReadOnlyList<SyntaxTree> _trees =
    [
        .. Directory
            .EnumerateFiles(s_folder, "*.cs")
            .Where(file => !file.EndsWith("Deployment.Azure.cs", StringComparison.Ordinal))
            .Concat(Directory.EnumerateFiles(Path.Combine(s_folder, "obj", s_configuration), "*.cs", SearchOption.AllDirectories))
            .Order(StringComparer.Ordinal)
            .Select(file => CSharpSyntaxTree.ParseText(File.ReadAllText(file), s_language, file)),
    ];

    private readonly IReadOnlyList<MetadataReference> _references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => Path.GetFileName(file) is not "McpOidc.AppHost.dll")
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];

    /// <summary>
    /// The sources that say what the system consists of. How this machine is asked has tests of its own (<see cref="ChoiceTests"/>).
    /// </summary>
    public IEnumerable<SyntaxTree> Written =>
        _trees.Where(tree =>
            Path.GetDirectoryName(tree.FilePath) == s_folder
            && Path.GetFileName(tree.FilePath) is not ("ContainerEngine.cs" or "Machine.cs")
        );

    /// <summary>Compiles them with one tree in place of another.</summary>
    /// <returns>The program; <see langword="null"/> where that is no program.</returns>
    public AppHostProgram? Compile(SyntaxTree original, SyntaxNode changedRoot)
    {
        var changed = CSharpSyntaxTree.ParseText(changedRoot.ToFullString(), s_language, original.FilePath);
        var compilation = CSharpCompilation.Create(
            "McpOidc.AppHost",
            _trees.Select(tree => tree == original ? changed : tree),
            _references,
            new CSharpCompilationOptions(
                OutputKind.ConsoleApplication,
                nullableContextOptions: NullableContextOptions.Enable
            ).WithSpecificDiagnosticOptions([KeyValuePair.Create("ASPIRECERTIFICATES001", ReportDiagnostic.Suppress)])
        );
        using var stream = new MemoryStream();
        if (!compilation.Emit(stream).Success)
        {
            return null;
        }

        stream.Position = 0;
        return new AppHostProgram(new AssemblyLoadContext("mutant", isCollectible: true).LoadFromStream(stream));
    }
}
