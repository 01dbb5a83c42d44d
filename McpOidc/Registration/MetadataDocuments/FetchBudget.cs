using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>
/// How often this process may fetch from one host: whoever sends us thousands of different URLs on a victim's host shall not have us
/// ask that host a thousand times (draft §6.5).
/// </summary>
internal sealed class FetchBudget(IOptions<RegistrationOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _spent = new(StringComparer.OrdinalIgnoreCase);
    private DateTimeOffset _windowEnd;

    /// <exception cref="ClientDocumentException">The host was asked too often.</exception>
    public void Spend(string host)
    {
        lock (_lock)
        {
            var now = clock.GetUtcNow();
            if (now >= _windowEnd)
            {
                _spent.Clear();
                _windowEnd = now + s_window;
            }

            var spent = _spent.GetValueOrDefault(host);
            if (spent >= options.Value.ClientIdMetadataDocuments.FetchesPerHostAndMinute)
            {
                throw ClientDocumentException.OverBudget("The host of the document was asked too often within this minute.");
            }

            _spent[host] = spent + 1;
        }
    }
}
