namespace McpOidc.Federation;

/// <summary>What it means for a user that the identity provider issued no tokens.</summary>
public enum IdentityProviderFailure
{
    /// <summary>The provider does not respond, or asks to retry later. All state is kept.</summary>
    Away,

    /// <summary>The refresh token is permanently invalid (RFC 6749 §5.2): the user was disabled or withdrew consent.</summary>
    Ended,

    /// <summary>The provider requires the user to interact: only another sign-in there yields tokens.</summary>
    NeedsPerson,

    /// <summary>The provider, or something in between, rejects this server for every user: a wrong secret, a firewall, an endpoint that
    /// moved. The operator must act; no user is signed out.</summary>
    Misconfigured,
}
