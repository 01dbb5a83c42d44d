namespace McpOidc.Protection;

/// <summary>The credentials in an <c>Authorization</c> header (RFC 6750 §2.1, RFC 9449 §7.1).</summary>
/// <param name="IsBearer">Whether the scheme is <c>Bearer</c>; otherwise it is <c>DPoP</c>.</param>
/// <param name="Token">The token; it may be empty.</param>
internal readonly record struct BearerCredentials(bool IsBearer, ReadOnlyMemory<char> Token)
{
    public const string Bearer = "Bearer";
    public const string DPoP = "DPoP";

    /// <returns><see langword="null"/> for another scheme, and for two headers that a proxy has merged.</returns>
    public static BearerCredentials? Read(string header) =>
        header.Contains(',', StringComparison.Ordinal) ? null
        : header.StartsWith(Bearer + " ", StringComparison.OrdinalIgnoreCase) ? new(true, header.AsMemory(Bearer.Length + 1).Trim())
        : header.StartsWith(DPoP + " ", StringComparison.OrdinalIgnoreCase) ? new(false, header.AsMemory(DPoP.Length + 1).Trim())
        : null;
}
