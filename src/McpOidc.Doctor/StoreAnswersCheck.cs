using System.Diagnostics;
using System.Runtime.CompilerServices;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace McpOidc.Doctor;

/// <summary>Writes, reads and removes one record: whether the store accepts writes, and how fast it is.</summary>
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
            // Owned by the container, which disposes it.
            examination.Store = new BorrowedStore(examination.Services.GetRequiredService<IMcpOidcStore>());
        }

        if (examination.Store is not { } store)
        {
            yield return s_finding.Skipped(examination.StoreIsNew ? "There is no store yet." : "There is no store to test.");
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
                    "Make sure that all of its primaries are reachable, and that nothing flushes it."
                );
        }
        catch (StoreUnavailableException exception)
        {
            return s_finding.Problem(
                $"The store does not accept a write: {Why(exception)}.",
                exception.InnerException is RedisException or TimeoutException
                    ? $"Check the log of Redis: READONLY means a replica in {Finding.Setting("ConnectionStrings:redis")}, OOM means full "
                        + $"memory, NOPERM means a user without permission for EVAL."
                    : $"Give this user write permission for the file and its directory, make sure that the disk is not full, or set "
                        + $"another file in {Finding.Setting("McpOidc:Sqlite:Path")}."
            );
        }
    }

    private static DoctorFinding Judge(TimeSpan median) =>
        median > s_slow
            ? s_finding.Warning(
                $"A read from the store takes {median.TotalMilliseconds:0} ms; a sign-in needs about twenty reads.",
                "Move it closer to the server: to the same network, or better the same zone."
            )
            : s_finding.Ok($"The store accepts writes; a read takes {median.TotalMilliseconds:0.0} ms.");

    // Redis errors start with one word in capitals; the rest may name keys.
    private static string Why(StoreUnavailableException exception)
    {
        var word = (exception.InnerException as RedisServerException)?.Message.Split(' ', 2)[0];
        return word is { Length: > 1 and < 20 } && word.All(char.IsAsciiLetterUpper) ? word
            : exception.InnerException is TimeoutException ? "no response in time"
            : "it rejects the write";
    }
}
