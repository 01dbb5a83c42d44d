using System.Reflection;
using McpOidc.Configuration;
using McpOidc.Protection;
using McpOidc.Storage;

namespace McpOidc.Tests.Conventions;

/// <summary>The packages that an application references, as assemblies.</summary>
internal static class Library
{
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [
        typeof(McpOidcOptions).Assembly,
        typeof(IUserAccessor).Assembly,
        typeof(SqliteStoreOptions).Assembly,
        typeof(RedisStoreOptions).Assembly,
        typeof(RegistrationOptions).Assembly,
    ];

    public static IEnumerable<Type> ExportedTypes => Assemblies.SelectMany(assembly => assembly.GetExportedTypes());

    public static IReadOnlyList<Type> Types { get; } = [.. Assemblies.SelectMany(assembly => assembly.GetTypes())];
}
