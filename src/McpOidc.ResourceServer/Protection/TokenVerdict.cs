using System.Collections.Frozen;
using System.Security.Claims;
using McpOidc.DPoP;

namespace McpOidc.Protection;

/// <summary>The result of verifying an access token.</summary>
internal abstract record TokenVerdict
{
    private TokenVerdict() { }

    /// <summary>It is valid. Shared by all requests with the token, so that nothing is computed twice.</summary>
    /// <param name="Claims">Its claims.</param>
    /// <param name="GrantId">Its grant.</param>
    /// <param name="Subject">The user, or the client if there is none.</param>
    public sealed record Valid(ClaimsIdentity Claims, string GrantId, string Subject) : TokenVerdict
    {
        /// <summary>The key that signed it; empty for one that no key signed.</summary>
        public required string KeyId { get; init; }

        public required DateTimeOffset VerifiedAt { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        /// <summary>When an answer that waits for news ends, so that the client asks again: with the token, or when an opaque one has to
        /// be checked.</summary>
        public DateTimeOffset StreamEndsAt => CheckedUntil ?? ExpiresAt;

        /// <summary>Until when an opaque token is known to be good; <see langword="null"/> for a signed one.</summary>
        public DateTimeOffset? CheckedUntil { get; init; }

        /// <summary>The resources that it is for, in canonical form.</summary>
        public required FrozenSet<string> Audiences { get; init; }

        public string? ClientId { get; } = Claims.FindFirst("client_id")?.Value;

        /// <summary>Whether it requires a proof of its key (RFC 9449).</summary>
        public bool IsBound { get; } = Confirmation.IsBound(new ClaimsPrincipal(Claims));

        /// <summary>The caller, for a single request: the application may add to it.</summary>
        public ClaimsPrincipal CreateUser() => new(Claims.Clone());
    }

    /// <summary>It was not issued by or for this server, has expired, or its grant has ended.</summary>
    public sealed record Invalid(string Reason) : TokenVerdict;

    /// <summary>It is unknown: the keys or the store are unreachable.</summary>
    public sealed record Unknown : TokenVerdict;
}
