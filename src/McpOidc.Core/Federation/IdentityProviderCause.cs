namespace McpOidc.Federation;

/// <summary>Why an identity provider's answer was of no use, by names that are fit for a log: nothing here repeats what was
/// sent.</summary>
/// <param name="Name">For instance <c>timeout</c>, <c>http_503</c> or <c>id_token_expired</c>.</param>
internal sealed record IdentityProviderCause(string Name)
{
    /// <summary>The HTTP status, where there was an answer.</summary>
    public int? Status { get; init; }

    /// <summary>The OAuth error, in lower case, where there was one that is a code.</summary>
    public string? Error { get; init; }

    /// <summary>The provider's own code, for instance <c>AADSTS50173</c>.</summary>
    public string? VendorCode { get; init; }

    /// <summary>What was found wrong with a token, in words for the log.</summary>
    public string? Verdict { get; init; }

    public override string ToString() =>
        (Status is null ? "" : $"HTTP {Status}, ")
        + string.Join(' ', new[] { Name, Error == Name ? null : Error, VendorCode }.OfType<string>());
}
