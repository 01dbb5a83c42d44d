using System.Text.Json.Nodes;

namespace McpOidc.SignIn;

/// <summary>
/// Decides in code who may sign in and what they may have, beside the rules of the settings. Register by <c>AddSignInPolicy</c>; several
/// are all asked, and each may only take away. It is asked at sign-in, when a code is given, at each refresh of a client and for identity
/// assertions, so more than once for one sign-in. An exception is a fault of the request (500), and nothing is given then.
/// </summary>
public interface ISignInPolicy
{
    /// <summary>Judges a person.</summary>
    /// <param name="request">Who, by which client, for which resource.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<SignInDecision> DecideAsync(SignInPolicyRequest request, CancellationToken cancellationToken);
}

/// <summary>A person who wants to sign in, or stay signed in.</summary>
/// <param name="Subject">The person's <c>sub</c> here.</param>
/// <param name="IdentityProvider">The provider's name in the settings; empty for the one of <c>McpOidc:IdentityProvider</c>.</param>
/// <param name="Claims">What the provider said of the person.</param>
public sealed record SignInPolicyRequest(string Subject, string IdentityProvider, JsonObject Claims)
{
    /// <summary>The client as logs and audit events name it, for a client of the settings its id; <see langword="null"/> where the person
    /// signs in for a page of this server.</summary>
    public string? ClientId { get; init; }

    /// <summary>The resource (RFC 8707); <see langword="null"/> where there is no client.</summary>
    public string? Resource { get; init; }

    /// <summary>The scopes that would be granted.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(SignInPolicyRequest)} {{ Subject = {Subject} }}";
}

/// <summary>What a policy decides.</summary>
public sealed class SignInDecision
{
    private SignInDecision() { }

    /// <summary>The person may sign in.</summary>
    public static SignInDecision Allow { get; } = new();

    internal string? Reason { get; private init; }

    internal IReadOnlyCollection<string>? Scopes { get; private init; }

    /// <summary>The person may sign in, and have of the scopes only these. Others that a grant had go away at its next refresh.</summary>
    /// <param name="scopes">The scopes; one that was not asked for is not added.</param>
    public static SignInDecision AllowOnly(params IEnumerable<string> scopes) => new() { Scopes = [.. scopes] };

    /// <summary>The person may not use this client for this resource. A grant of it ends at its next refresh.</summary>
    /// <param name="reason">Why, for log and audit: no personal data, for it is written as it is. Neither person nor client see
    /// it.</param>
    public static SignInDecision Deny(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new() { Reason = reason };
    }
}
