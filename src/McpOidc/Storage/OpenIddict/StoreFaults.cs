using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>What the OpenIddict stores throw, worded once.</summary>
internal static class StoreFaults
{
    /// <summary>The version of a write that succeeded; a failed one becomes the exception that OpenIddict's managers expect.</summary>
    public static long Succeeded(long? version, string what) =>
        version ?? throw new ConcurrencyException($"The {what} was added, changed or deleted in between. Read it again and decide anew.");

    /// <summary>What OpenIddict's stores have and its server never calls does nothing here, and must not look as if it did.</summary>
    public static NotSupportedException Unused() =>
        new("McpOidc keeps clients, grants and tokens by itself; OpenIddict's managers do here only what its server needs.");
}
