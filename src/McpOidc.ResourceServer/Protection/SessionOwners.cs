using Microsoft.Extensions.Caching.Memory;

namespace McpOidc.Protection;

/// <summary>
/// The owners of MCP sessions. Like the MCP sessions themselves, known in this process only. An owner is forgotten a day after the last
/// use; the MCP SDK still binds the MCP session to its user.
/// </summary>
internal sealed class SessionOwners : IDisposable
{
    private readonly MemoryCache _owners = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    /// <summary>A user, or a client without one, together with the client.</summary>
    internal sealed record Owner(string Subject, string ClientId);

    /// <summary>The first caller that uses an MCP session owns it.</summary>
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
