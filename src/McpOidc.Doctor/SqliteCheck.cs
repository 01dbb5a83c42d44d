using System.Runtime.CompilerServices;
using McpOidc.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Doctor;

/// <summary>Looks at the database file, or at the place where the first start would make it.</summary>
internal sealed class SqliteCheck : ICheck
{
    private static readonly Finding s_finding = new("store");
    private static readonly string s_setting = Finding.Setting($"{SqliteStoreOptions.Section}:{nameof(SqliteStoreOptions.Path)}");

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Settings is not { RedisConnection: null, HasOwnStore: false, Sqlite: { } options })
        {
            yield break;
        }

        var environment = examination.Services.GetRequiredService<IHostEnvironment>();
        if (string.IsNullOrEmpty(options.Path) && !environment.IsDevelopment())
        {
            yield return s_finding.Skipped("No store is chosen; see the configuration.");
            yield break;
        }

        var path = SqliteStore.PathOf(options, environment);
        if (!File.Exists(path))
        {
            examination.StoreIsNew = true;
            yield return CheckPlace(path);
            yield break;
        }

        var problem = await FindProblemAsync(path, cancellationToken);
        if (problem is null)
        {
            examination.Store = new SqliteStore(path, examination.Clock);
        }

        yield return problem ?? s_finding.Ok($"SQLite at {path}. One machine only; several need Redis.");
    }

    private static async Task<DoctorFinding?> FindProblemAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = new SqliteConnection(
                new SqliteConnectionStringBuilder
                {
                    DataSource = path,
                    Mode = SqliteOpenMode.ReadOnly,
                    Pooling = false,
                    DefaultTimeout = 5,
                }.ConnectionString
            );
            await connection.OpenAsync(cancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version";
            var version = (long)(await command.ExecuteScalarAsync(cancellationToken))!;
            return version <= SqliteDatabase.SchemaVersion
                ? null
                : s_finding.Problem(
                    $"The SQLite file {path} was written by a later version of McpOidc (schema {version}, this one knows "
                        + $"{SqliteDatabase.SchemaVersion}).",
                    $"Run the later version again, or name another file in {s_setting}."
                );
        }
        catch (SqliteException exception)
        {
            return s_finding.Problem(
                $"The SQLite file {path} cannot be read (SQLite error {exception.SqliteErrorCode}).",
                $"Give this user the right to read and write it and its directory, on a local disk; or restore a backup, or name another "
                    + $"file in {s_setting}."
            );
        }
    }

    private static DoctorFinding CheckPlace(string path)
    {
        var directory = Path.GetDirectoryName(path)!;
        while (!Path.Exists(directory) && Path.GetDirectoryName(directory) is { } above)
        {
            directory = above;
        }

        try
        {
            // Only that a file can be made is of interest; it is gone when it is closed.
            new FileStream(
                Path.Combine(directory, $".mcpoidc-doctor-{Guid.NewGuid():N}"),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Options = FileOptions.DeleteOnClose,
                }
            ).Dispose();
            return s_finding.Ok($"SQLite at {path}, which the first start makes. One machine only; several need Redis.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return s_finding.Problem(
                $"The SQLite file {path} is not there and cannot be made: {directory} "
                    + $"{(Directory.Exists(directory) ? "takes no new file" : "is no directory")}.",
                $"Name a file in a directory that this user may write to, and that outlives the process, in {s_setting}."
            );
        }
    }
}
