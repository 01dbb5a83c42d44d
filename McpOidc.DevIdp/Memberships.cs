using System.Collections.Concurrent;

namespace McpOidc.DevIdp;

/// <summary>The groups of users at runtime: those of the options, until they are changed.</summary>
internal sealed class Memberships(DevIdpOptions options)
{
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> _changed = new(StringComparer.Ordinal);

    public DevIdpUser? Find(string? userName) =>
        options.Users.FirstOrDefault(user => user.UserName == userName) is not { } user ? null
        : _changed.TryGetValue(user.UserName, out var groups) ? user with { Groups = groups }
        : user;

    public IEnumerable<DevIdpUser> All => options.Users.Select(user => Find(user.UserName)!);

    public void Set(string userName, IEnumerable<string> groups) =>
        _changed[userName] = [.. groups.Select(group => group.Trim()).Where(group => group.Length > 0).Distinct(StringComparer.Ordinal)];
}
