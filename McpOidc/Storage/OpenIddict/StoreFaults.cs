using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>What the OpenIddict stores throw, worded once.</summary>
internal static class StoreFaults
{
    /// <summary>The version of a write that succeeded; a failed one becomes the exception that OpenIddict's managers expect.</summary>
    public static long Succeeded(long? version, string what) => version ?? throw Conflict(what);

    public static ConcurrencyException Conflict(string what)
        => new($"The {what} was added, changed or deleted by someone else in the meantime. Read it again and decide anew.");

    /// <summary>A key-value store has no queries, and reading everything would only ever be fast in a demonstration.</summary>
    public static NotSupportedException FullScan(string what)
        => new($"McpOidc does not count, list or query every {what}: the store finds a record by its key or by an index (StoreKeys) only.");

    /// <summary>A setter whose value has nowhere to go must not look as if it had been kept.</summary>
    public static NotSupportedException NotKept(string what, string instead)
        => new($"McpOidc does not store {what}. {instead}");
}
