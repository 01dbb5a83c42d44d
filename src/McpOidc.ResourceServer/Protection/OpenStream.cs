using Microsoft.AspNetCore.Http;

namespace McpOidc.Protection;

/// <summary>An answer under way.</summary>
/// <param name="http">Its request.</param>
/// <param name="grantId">The sign-in behind the token.</param>
/// <param name="subject">The person or client.</param>
/// <param name="tokenEndsAt">When the token ends.</param>
internal sealed class OpenStream(HttpContext http, string grantId, string subject, DateTimeOffset? tokenEndsAt)
{
    private readonly Lock _end = new();
    private bool _isOver;
    private bool _waitsForNews;

    public string GrantId => grantId;

    public string Subject => subject;

    /// <summary>It is no call that comes to its end, but waits for what may happen some time.</summary>
    public bool WaitsForNews
    {
        get => Volatile.Read(ref _waitsForNews);
        set => Volatile.Write(ref _waitsForNews, value);
    }

    /// <summary>When the token ends, if the answer has to end with it.</summary>
    public DateTimeOffset? EndsAt => WaitsForNews ? tokenEndsAt : null;

    /// <summary>The look at it that is under way, or the last one.</summary>
    public Task Look { get; set; } = Task.CompletedTask;

    /// <summary>The answer is complete.</summary>
    public void Finish()
    {
        lock (_end)
        {
            _isOver = true;
        }
    }

    /// <returns>Whether there was still something to cut off.</returns>
    public bool CutOff()
    {
        // Who finishes waits here: after it the request's place belongs to the next one on the connection, or to nobody.
        lock (_end)
        {
            if (_isOver)
            {
                return false;
            }

            _isOver = true;
            http.Abort();
            return true;
        }
    }
}
