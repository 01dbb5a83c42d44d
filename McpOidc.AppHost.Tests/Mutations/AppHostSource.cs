using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace McpOidc.AppHost.Tests.Mutations;

/// <summary>The AppHost's sources, to be recompiled with one of them changed.</summary>
internal sealed class AppHostSource
{
    private static readonly string s_folder = Projects.McpOidc_AppHost.ProjectPath;
    private static readonly string s_configuration = typeof(AppHostSource)
        .Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!
        .Configuration;
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);

    // The order of the trees does not matter; the order of the files determines what a seed draws.
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
    /// The sources that define the system. How the AppHost probes this machine has separate tests (<see cref="ChoiceTests"/>).
    /// </summary>
    public IEnumerable<SyntaxTree> Written =>
        _trees.Where(tree =>
            Path.GetDirectoryName(tree.FilePath) == s_folder
            && Path.GetFileName(tree.FilePath) is not ("ContainerEngine.cs" or "Machine.cs")
        );

    /// <summary>Compiles the sources with one tree replaced.</summary>
    /// <returns>The program; <see langword="null"/> if it does not compile.</returns>
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
