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
        /// <summary>The key that signed it; empty for an opaque token.</summary>
        public required string KeyId { get; init; }

        public required DateTimeOffset VerifiedAt { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        /// <summary>When an open stream ends, so that the client sends a new request: when the token expires, or when an opaque token must
        /// be checked again.</summary>
        public DateTimeOffset StreamEndsAt => CheckedUntil ?? ExpiresAt;

        /// <summary>Until when the last check of an opaque token counts; <see langword="null"/> for a signed token.</summary>
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
