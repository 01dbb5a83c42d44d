using System.Runtime.CompilerServices;
using McpOidc.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Doctor;

/// <summary>Checks the database file, or the place where the first start would create it.</summary>
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
            yield return s_finding.Skipped("No store is configured.");
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
            using var session = new SqliteSession(connection);
            var version = (long)session.Scalar("PRAGMA user_version")!;
            return version > SqliteDatabase.SchemaVersion
                    ? s_finding.Problem(
                        $"The SQLite file {path} was written by a later version of McpOidc (schema {version}, this version supports "
                            + $"{SqliteDatabase.SchemaVersion}).",
                        $"Run the later version again, or set another file in {s_setting}."
                    )
                : SqliteDatabase.IsForeign(session)
                    ? s_finding.Problem(
                        $"The SQLite file {path} is a database of another application.",
                        $"Set another file in {s_setting}."
                    )
                : null;
        }
        catch (SqliteException exception)
        {
            return s_finding.Problem(
                $"The SQLite file {path} cannot be read (SQLite error {exception.SqliteErrorCode}).",
                $"Give this user read and write permission for it and its directory, on a local disk. Or restore a backup, or set another "
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
            // Tests only whether a file can be created; it is deleted when closed.
            new FileStream(
                Path.Combine(directory, $".mcpoidc-doctor-{Guid.NewGuid():N}"),
                new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Options = FileOptions.DeleteOnClose,
                }
            ).Dispose();
            return s_finding.Ok($"SQLite at {path}, which the first start creates. One machine only; several need Redis.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return s_finding.Problem(
                $"The SQLite file {path} does not exist and cannot be created: {directory} "
                    + $"{(Directory.Exists(directory) ? "is not writable" : "is not a directory")}.",
                $"Set {s_setting} to a file in a persistent directory that this user may write to."
            );
        }
    }
}
