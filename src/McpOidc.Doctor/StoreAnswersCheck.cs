using System.Diagnostics;
using System.Runtime.CompilerServices;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Doctor;

/// <summary>Writes one record, reads it and removes it: whether the store takes writes, and how long it takes.</summary>
internal sealed class StoreAnswersCheck : ICheck
{
    private const int Rounds = 7;
    private static readonly Finding s_finding = new("store answers");
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(50);

    public async IAsyncEnumerable<DoctorFinding> RunAsync(
        Examination examination,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (examination.Settings.HasOwnStore)
        {
            // The container's, which it disposes itself.
            examination.Store = new BorrowedStore(examination.Services.GetRequiredService<IMcpOidcStore>());
        }

        if (examination.Store is not { } store)
        {
            yield return s_finding.Skipped(examination.StoreIsNew ? "There is no store yet." : "There is no store to ask.");
            yield break;
        }

        yield return await ProbeAsync(store, examination.Clock, cancellationToken);
    }

    private static async Task<DoctorFinding> ProbeAsync(IMcpOidcStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        var key = StoreKeys.WriteProbe(OpaqueToken.CreateId());
        var times = new List<TimeSpan>();
        try
        {
            await store.AddAsync(key, new StoreWrite(new byte[8], clock.GetUtcNow().AddMinutes(1)), cancellationToken);
            for (var round = 0; round < Rounds; round++)
            {
                var begun = Stopwatch.GetTimestamp();
                await store.GetAsync(key, cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(begun));
            }

            return await store.RemoveAsync(key, cancellationToken: cancellationToken)
                ? Judge(times.Order().ElementAt(Rounds / 2))
                : s_finding.Problem(
                    "The store did not keep a record that was just written.",
                    "See that all of its primaries can be reached, and that nobody empties it."
                );
        }
        catch (StoreUnavailableException exception)
        {
            return s_finding.Problem(
                $"The store does not take a write: {Why(exception)}.",
                exception.InnerException is RedisException or TimeoutException
                    ? $"Look at the log of Redis: READONLY is a replica in {Finding.Setting("ConnectionStrings:redis")}, OOM a full "
                        + $"memory, NOPERM a user that may not run scripts (EVAL)."
                    : $"Give this user the right to write to the file and its directory, see that the disk is not full, or name another "
                        + $"in {Finding.Setting("McpOidc:Sqlite:Path")}."
            );
        }
    }

    private static DoctorFinding Judge(TimeSpan median) =>
        median > s_slow
            ? s_finding.Warning(
                $"The store takes {median.TotalMilliseconds:0} ms for a read; a sign-in needs about twenty.",
                "Put it near the server: in the same network, better in the same zone."
            )
            : s_finding.Ok($"The store takes writes, and {median.TotalMilliseconds:0.0} ms for a read.");

    // Redis begins its refusals with one word in capitals; what follows may name keys.
    private static string Why(StoreUnavailableException exception)
    {
        var word = (exception.InnerException as RedisServerException)?.Message.Split(' ', 2)[0];
        return word is { Length: > 1 and < 20 } && word.All(char.IsAsciiLetterUpper) ? word
            : exception.InnerException is TimeoutException ? "no answer in time"
            : "it refuses";
    }
}
