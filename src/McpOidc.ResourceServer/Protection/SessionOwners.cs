using Microsoft.Extensions.Caching.Memory;

namespace McpOidc.Protection;

/// <summary>
/// Whose the sessions of the MCP transport are. As the sessions themselves, it is known in this process only. What was forgotten, a day
/// after its last use, is still bound to its person by the MCP SDK.
/// </summary>
internal sealed class SessionOwners : IDisposable
{
    private readonly MemoryCache _owners = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    /// <summary>A person, or a client for itself, and the client.</summary>
    internal sealed record Owner(string Subject, string ClientId);

    /// <summary>The first who uses a session has it.</summary>
    public void Remember(string session, Owner owner)
    {
        if (!_owners.TryGetValue(session, out _))
        {
            _owners.Set(session, owner, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromDays(1) });
        }
    }

    public bool IsOfAnother(string session, Owner owner) => _owners.Get<Owner>(session) is { } first && first != owner;

    public void Dispose() => _owners.Dispose();
}
