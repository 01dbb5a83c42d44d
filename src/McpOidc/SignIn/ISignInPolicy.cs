using System.Text.Json.Nodes;

namespace McpOidc.SignIn;

/// <summary>
/// Decides in code who may sign in and with which scopes, in addition to the configured rules. Register with <c>AddSignInPolicy</c>; if
/// there are several, all are asked, and each can only restrict. It is called at sign-in, when a code is issued, at each refresh by a
/// client and for identity assertions, so more than once per sign-in. An exception fails the request with 500, and nothing is issued.
/// </summary>
public interface ISignInPolicy
{
    /// <summary>Decides about a user.</summary>
    /// <param name="request">The user, the client and the resource.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    ValueTask<SignInDecision> DecideAsync(SignInPolicyRequest request, CancellationToken cancellationToken);
}

/// <summary>A user who wants to sign in, or stay signed in.</summary>
/// <param name="Subject">The user's <c>sub</c> here.</param>
/// <param name="IdentityProvider">The provider's name in the settings; empty for the one of <c>McpOidc:IdentityProvider</c>.</param>
/// <param name="Claims">The user's claims from the provider.</param>
public sealed record SignInPolicyRequest(string Subject, string IdentityProvider, JsonObject Claims)
{
    /// <summary>The client as named in logs and audit events, which is the id of a pre-registered client; <see langword="null"/> if the
    /// user signs in for a page of this server.</summary>
    public string? ClientId { get; init; }

    /// <summary>The resource (RFC 8707); <see langword="null"/> without a client.</summary>
    public string? Resource { get; init; }

    /// <summary>The scopes that would be granted.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(SignInPolicyRequest)} {{ Subject = {Subject} }}";
}

/// <summary>A policy's decision.</summary>
public sealed class SignInDecision
{
    private SignInDecision() { }

    /// <summary>The user may sign in.</summary>
    public static SignInDecision Allow { get; } = new();

    internal string? Reason { get; private init; }

    internal IReadOnlyCollection<string>? Scopes { get; private init; }

    /// <summary>The user may sign in, but only with these scopes. A grant loses other scopes at its next refresh.</summary>
    /// <param name="scopes">The scopes; one that was not requested is not added.</param>
    public static SignInDecision AllowOnly(params IEnumerable<string> scopes) => new() { Scopes = [.. scopes] };

    /// <summary>The user may not use this client for this resource. An existing grant ends at its next refresh.</summary>
    /// <param name="reason">The reason, for log and audit. It is logged unchanged, so it must not contain personal data. Neither user nor
    /// client sees it.</param>
    public static SignInDecision Deny(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        return new() { Reason = reason };
    }
}
