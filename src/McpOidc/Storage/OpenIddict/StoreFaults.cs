using static OpenIddict.Abstractions.OpenIddictExceptions;

namespace McpOidc.Storage.OpenIddict;

/// <summary>The exceptions of the OpenIddict stores.</summary>
internal static class StoreFaults
{
    /// <summary>The version of a successful write; a failed one becomes the exception that OpenIddict's managers expect.</summary>
    public static long Succeeded(long? version, string what) =>
        version ?? throw new ConcurrencyException($"The {what} was added, changed or deleted concurrently. Read it again and retry.");

    /// <summary>For members of OpenIddict's stores that its server never calls: they must not seem to work.</summary>
    public static NotSupportedException Unused() =>
        new("McpOidc manages clients, grants and tokens itself; OpenIddict's managers support only what its server needs.");
}
