using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Protection;

/// <summary>A response in progress.</summary>
/// <param name="http">Its request.</param>
/// <param name="grantId">The grant of the token.</param>
/// <param name="subject">The user or client.</param>
/// <param name="tokenEndsAt">When the token expires.</param>
internal sealed class OpenStream(HttpContext http, string grantId, string subject, DateTimeOffset? tokenEndsAt)
{
    private readonly Lock _end = new();

    // The HttpContext is not thread-safe, and its request is using it when the response is cut off.
    private readonly IHttpRequestLifetimeFeature _lifetime = http.Features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
    private bool _isOver;
    private bool _waitsForNews;

    public string GrantId => grantId;

    public string Subject => subject;

    /// <summary>Whether it is not a call that completes but a stream that waits for events.</summary>
    public bool WaitsForNews
    {
        get => Volatile.Read(ref _waitsForNews);
        set => Volatile.Write(ref _waitsForNews, value);
    }

    /// <summary>When the token expires, if the response must end with it.</summary>
    public DateTimeOffset? EndsAt => WaitsForNews ? tokenEndsAt : null;

    /// <summary>The current or last check.</summary>
    public Task Look { get; set; } = Task.CompletedTask;

    /// <summary>The response is complete.</summary>
    public void Finish()
    {
        lock (_end)
        {
            _isOver = true;
        }
    }

    /// <returns>Whether the response was still in progress.</returns>
    public bool CutOff()
    {
        // Completion waits here: afterwards the feature may belong to the next request on the connection.
        lock (_end)
        {
            if (_isOver)
            {
                return false;
            }

            _isOver = true;
            _lifetime.Abort();
            return true;
        }
    }
}
