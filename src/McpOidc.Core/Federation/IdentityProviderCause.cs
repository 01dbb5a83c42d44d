namespace McpOidc.Federation;

/// <summary>Why an identity provider's response could not be used, in names that are safe to log: nothing here repeats what was
/// sent.</summary>
/// <param name="Name">For instance <c>timeout</c>, <c>http_503</c> or <c>id_token_expired</c>.</param>
internal sealed record IdentityProviderCause(string Name)
{
    /// <summary>The HTTP status, if there was a response.</summary>
    public int? Status { get; init; }

    /// <summary>The OAuth error code in lower case, if there was one.</summary>
    public string? Error { get; init; }

    /// <summary>The provider's own code, for instance <c>AADSTS50173</c>.</summary>
    public string? VendorCode { get; init; }

    /// <summary>What is wrong with a token, in words for the log.</summary>
    public string? Verdict { get; init; }

    public override string ToString() =>
        (Status is null ? "" : $"HTTP {Status}, ")
        + string.Join(' ', new[] { Name, Error == Name ? null : Error, VendorCode }.OfType<string>());
}
