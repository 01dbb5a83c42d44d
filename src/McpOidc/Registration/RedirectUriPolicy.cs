using McpOidc.Configuration;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>
/// Which redirect URIs a client may register. Every URI is judged by itself: one good URI excuses no other
/// (the npm package let a <c>cursor://</c> URI carry <c>javascript:</c> through).
/// </summary>
internal sealed class RedirectUriPolicy(IOptions<RegistrationOptions> options)
{
    public const int MaximumCount = 20;

    /// <summary>What is wrong with the URI, as a clause for an error description, or <see langword="null"/>.</summary>
    public string? FindProblem(string? value, string? applicationType) =>
        RedirectUri.Read(value, out var problem)?.Kind switch
        {
            null => problem,
            RedirectUriKind.Loopback when applicationType == "web" =>
                "leads to the person's own machine, which a client with application_type 'web' cannot "
                    + "(OpenID Connect Registration section 2); register as 'native'",
            RedirectUriKind.PrivateScheme when !IsAllowed(value!) =>
                "has a private scheme that is not allowed here; the operator can allow it by McpOidc:Registration:PrivateSchemes",
            _ => null,
        };

    private bool IsAllowed(string value) =>
        options.Value.PrivateSchemes.Any(known => value.StartsWith(known, StringComparison.Ordinal) && value.Length > known.Length);
}
