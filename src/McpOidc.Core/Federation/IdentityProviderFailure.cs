namespace McpOidc.Federation;

/// <summary>What it means for a person that the identity provider gave no tokens.</summary>
public enum IdentityProviderFailure
{
    /// <summary>The provider does not answer, or asks to come back later. Everything is kept as it was.</summary>
    Away,

    /// <summary>The refresh token is dead for good (RFC 6749 §5.2): the person was disabled, or took the permission back.</summary>
    Ended,

    /// <summary>The provider wants to see the person again: only another sign-in there brings tokens.</summary>
    NeedsPerson,

    /// <summary>The provider, or something on the way to it, refuses this server, whoever the person is: a wrong secret, a firewall, an
    /// endpoint that moved. The operator has to act, and nobody is signed out.</summary>
    Misconfigured,
}
