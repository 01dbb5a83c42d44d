using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Hosting;

/// <summary>
/// Stops the host on signals, like the console lifetime: on Ctrl-C immediately, on SIGTERM, which a supervisor sends, after the drain. The
/// drain comes first because once the host stops, streams have already been told to end.
/// </summary>
internal sealed class DrainingLifetime(IHostApplicationLifetime application, Drain drain) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];
    private int _terminations;

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _signals.AddRange([
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context)),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, context => Stop(context)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Terminate),
        ]);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _signals.ForEach(signal => signal.Dispose());

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        drain.CutShort();
        application.StopApplication();
    }

    private void Terminate(PosixSignalContext context)
    {
        // A second signal means: stop immediately.
        if (Interlocked.Increment(ref _terminations) > 1)
        {
            Stop(context);
            return;
        }

        context.Cancel = true;
        _ = Task.Run(async () =>
        {
            await drain.RunAsync();
            application.StopApplication();
        });
    }
}
