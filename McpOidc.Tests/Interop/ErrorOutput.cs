namespace McpOidc.Tests.Interop;

/// <summary>A program's standard error output, for the messages of failed assertions.</summary>
public sealed class ErrorOutput
{
    private const int MaximumLines = 200;
    private readonly Lock _gate = new();
    private readonly Queue<string> _lines = [];

    public void Add(string line)
    {
        lock (_gate)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MaximumLines)
            {
                _lines.Dequeue();
            }
        }
    }

    /// <summary>An exception with the failure and the program's error output.</summary>
    public InvalidOperationException Failure(string what, Exception? inner = null) =>
        new($"{what} Standard error:{Environment.NewLine}{this}", inner);

    public override string ToString()
    {
        lock (_gate)
        {
            return string.Join(Environment.NewLine, _lines);
        }
    }
}
