using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace McpOidc.Tests.Documentation;

/// <summary>
/// Compiles a block: a whole program as it is; part of one as statements before <c>builder.Build()</c>, or as members of a class.
/// </summary>
internal static class CompileBlock
{
    // What the SDK adds to a web project.
    private const string ImplicitUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http;
        global using System.Threading; global using System.Threading.Tasks; global using System.Net.Http.Json;
        global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;
        """;

    private const string UsingsOfParts = """
        global using McpOidc; global using McpOidc.Configuration; global using McpOidc.Protection; global using McpOidc.Registration; global using McpOidc.Sessions; global using McpOidc.Storage; global using McpOidc.Federation;
        global using ModelContextProtocol.Server; global using System.ComponentModel; global using System.Security.Claims; global using System.Text.Json.Nodes;
        global using System.Net; global using System.Net.Http.Headers; global using McpOidc.Testing; global using Microsoft.AspNetCore.Mvc.Testing; global using Microsoft.AspNetCore.TestHost;
        global using McpOidc.SignIn; global using Microsoft.AspNetCore.Identity;
        global using ProtectExisting; global using Xunit;
        """;

    private static readonly CSharpParseOptions s_parse = new(LanguageVersion.Latest);
    private static readonly CSharpCompilationOptions s_program = new(
        OutputKind.ConsoleApplication,
        nullableContextOptions: NullableContextOptions.Enable
    );
    private static readonly List<MetadataReference> s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(IsForReaders)
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    /// <summary>The errors of the interpretation with the fewest; empty if one interpretation compiles.</summary>
    public static IReadOnlyList<string> ErrorsOf(string text)
    {
        IEnumerable<string[]> readings = text.Contains("WebApplication.CreateBuilder", StringComparison.Ordinal)
            ?
            [
                [ImplicitUsings, text],
            ]
            :
            [
                [
                    ImplicitUsings,
                    UsingsOfParts,
                    $"var builder = WebApplication.CreateBuilder(args);\nvar services = builder.Services;\n{text}",
                ],
                [ImplicitUsings, UsingsOfParts, $"var app = WebApplication.CreateBuilder(args).Build();\n{text}"],
                [ImplicitUsings, UsingsOfParts, $"System.Console.WriteLine();\ninternal static class Part\n{{\n{text}\n}}"],
            ];
        return readings.Select(Compile).MinBy(errors => errors.Count)!;
    }

    /// <summary>Loads a type that a block declares, so that a test can run it.</summary>
    public static Type Load(string text, string name)
    {
        using var assembly = new MemoryStream();
        var emitted = Compilation([ImplicitUsings, UsingsOfParts, text])
            .WithOptions(
                new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable)
            )
            .Emit(assembly);
        Assert.True(emitted.Success, string.Join('\n', emitted.Diagnostics));
        return Assembly.Load(assembly.ToArray()).GetType(name, throwOnError: true)!;
    }

    private static List<string> Compile(string[] sources) =>
        [
            .. Compilation(sources)
                .GetDiagnostics()
                .Where(found => found.Severity == DiagnosticSeverity.Error)
                .Select(found => found.ToString()),
        ];

    private static CSharpCompilation Compilation(string[] sources) =>
        CSharpCompilation.Create("Block", sources.Select(source => CSharpSyntaxTree.ParseText(source, s_parse)), s_references, s_program);

    // Each of our programs has its own class Program.
    private static bool IsForReaders(string path) =>
        Path.GetFileName(path)
            is not ("McpOidc.Tests.dll" or "McpOidc.AuthServer.dll" or "McpOidc.McpServer.dll" or "GitHubSignIn.dll" or "IdentityApp.dll");
}
