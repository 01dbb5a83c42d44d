using System.Reflection;
using System.Runtime.CompilerServices;
using McpOidc.Configuration;
using McpOidc.Storage;

namespace McpOidc.Doctor;

/// <summary>A setting that is never read is misspelt and has no effect.</summary>
internal sealed class UnknownSettingsCheck : ICheck
{
    private static readonly Finding s_finding = new("unknown settings");

    // One type of each package with settings: unlike a server at start, the doctor checks the sections of all.
    private static readonly Type[] s_parts =
    [
        typeof(McpOidcOptions),
        typeof(ResourceServerOptions),
        typeof(SqliteStoreOptions),
        typeof(RedisStoreOptions),
        typeof(KeyOptions),
    ];

    private static readonly SettingNames s_names = new(
        from part in s_parts
        from type in part.Assembly.GetExportedTypes()
        let section = type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
        where section is not null
        select new SettingsSection(type, section)
    );

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        foreach (var unknown in s_names.FindUnknown(examination.Settings.Root))
        {
            yield return s_finding.Warning(unknown.Problem.Complaint, unknown.Problem.Remedy);
        }
    }
}
