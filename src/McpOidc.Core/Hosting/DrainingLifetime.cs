using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace McpOidc.Hosting;

/// <summary>
/// Stops the host by signals, as the console's lifetime does: at Ctrl-C at once, and at SIGTERM, which a supervisor sends, after the drain.
/// Before, and not while the host stops: by then streams have been told to end.
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
        // A second one is from somebody in a hurry.
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
