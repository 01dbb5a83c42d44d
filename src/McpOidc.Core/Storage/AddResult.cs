using System.Diagnostics.CodeAnalysis;

namespace McpOidc.Storage;

/// <summary>The result of <see cref="IMcpOidcStore.AddOrGetAsync"/>: exactly one of the two is set.</summary>
/// <param name="Version">The version of the record that was added.</param>
/// <param name="Existing">The existing record.</param>
public readonly record struct AddResult(long? Version, StoredRecord? Existing)
{
    private const int Attempts = 10;

    /// <summary>Whether the record was added.</summary>
    [MemberNotNullWhen(true, nameof(Version))]
    [MemberNotNullWhen(false, nameof(Existing))]
    public bool IsAdded => Version is not null;

    /// <summary>Uses two operations, and retries if the existing record was removed before it could be read.</summary>
    internal static async ValueTask<AddResult> OfAsync(
        IMcpOidcStore store,
        string key,
        StoreWrite write,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (await store.AddAsync(key, write, cancellationToken) is { } version)
            {
                return new AddResult(version, Existing: null);
            }

            if (await store.GetAsync(key, cancellationToken) is { } existing)
            {
                return new AddResult(Version: null, existing);
            }
        }

        throw new StoreUnavailableException("A record was added and removed concurrently on every attempt.");
    }
}
