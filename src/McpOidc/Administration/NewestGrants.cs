using McpOidc.Token;

namespace McpOidc.Administration;

/// <summary>Sign-ins in order of time, for people. The store has no such order, so that many are read for a page: bounded work, and a
/// store with more of them says so.</summary>
internal sealed class NewestGrants(Grants grants, GrantAdministration administration)
{
    private const int ReadAtOnce = 100;
    private const int MaximumRounds = 20;

    /// <summary>How many are looked at.</summary>
    public const int Maximum = ReadAtOnce * MaximumRounds;

    /// <param name="user">Whose; empty for everyone's.</param>
    /// <param name="client">Of which client, as <see cref="GrantInfo.ClientId"/> has it; empty for all.</param>
    /// <param name="search">What has to be in it; empty for all.</param>
    /// <param name="skip">How many were shown before.</param>
    /// <param name="size">How many.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task<NewestGrantsPage> ListAsync(
        string? user,
        string? client,
        string? search,
        int skip,
        int size,
        CancellationToken cancellationToken
    )
    {
        var (all, isAll) = await ReadAsync(user, client, cancellationToken);
        var found = new List<GrantInfo>();
        var wanted = skip + size + 1;
        // Without a search none has to be put into words but those that are shown.
        var rest = string.IsNullOrWhiteSpace(search) ? all.Skip(skip).Take(size + 1) : all;
        foreach (var some in rest.Chunk(ReadAtOnce))
        {
            var described = await Task.WhenAll(some.Select(grant => administration.DescribeAsync(grant, cancellationToken)));
            found.AddRange(described.Where(one => GrantAdministration.Matches(one, search)));
            if (found.Count >= wanted)
            {
                break;
            }
        }

        var shown = string.IsNullOrWhiteSpace(search) ? found : found.Skip(skip).ToList();
        return new NewestGrantsPage([.. shown.Take(size)], shown.Count > size ? skip + size : null, isAll);
    }

    private async Task<(IEnumerable<GrantRecord> Newest, bool IsAll)> ReadAsync(
        string? user,
        string? client,
        CancellationToken cancellationToken
    )
    {
        var all = new Dictionary<string, GrantRecord>(StringComparer.Ordinal);
        string? next = null;
        for (var round = 0; round < MaximumRounds && (round == 0 || next is not null); round++)
        {
            var page = await grants.FindPageAsync(user, client, next, ReadAtOnce, cancellationToken);
            foreach (var grant in page.Grants)
            {
                all[grant.Value.Id] = grant.Value;
            }

            next = page.Next;
        }

        return (all.Values.OrderByDescending(grant => grant.CreatedAt).ThenBy(grant => grant.Id, StringComparer.Ordinal), next is null);
    }
}

/// <summary>Some sign-ins, the newest first.</summary>
/// <param name="Grants">The sign-ins.</param>
/// <param name="Next">How many to skip for those after them; <see langword="null"/> at the end.</param>
/// <param name="IsAll">Whether all were looked at.</param>
internal sealed record NewestGrantsPage(IReadOnlyList<GrantInfo> Grants, int? Next, bool IsAll);
