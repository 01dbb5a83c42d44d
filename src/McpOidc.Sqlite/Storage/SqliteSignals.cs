using System.Collections.Immutable;

namespace McpOidc.Storage;

/// <summary>Signals between users of a SQLite file within this process. SQLite has none between processes.</summary>
internal static class SqliteSignals
{
    private static ImmutableList<(string Path, string Channel, Action<string> Signalled)> s_listeners = [];

    public static void Send(string path, string channel, string message)
    {
        foreach (var listener in s_listeners.Where(listener => listener.Path == path && listener.Channel == channel))
        {
            listener.Signalled(message);
        }
    }

    public static IAsyncDisposable Listen(string path, string channel, Action<string> signalled)
    {
        var listener = (path, channel, signalled);
        ImmutableInterlocked.Update(ref s_listeners, listeners => listeners.Add(listener));
        return new Listening(() =>
        {
            ImmutableInterlocked.Update(ref s_listeners, listeners => listeners.Remove(listener));
            return Task.CompletedTask;
        });
    }
}
