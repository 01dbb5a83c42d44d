using System.Collections.Frozen;
using System.Security.Claims;
using McpOidc.DPoP;

namespace McpOidc.Protection;

/// <summary>The result of looking at a bearer token.</summary>
internal abstract record TokenVerdict
{
    private TokenVerdict() { }

    /// <summary>It is good. The same for every request with the token, so that nothing of it is looked for twice.</summary>
    /// <param name="Claims">What it says.</param>
    /// <param name="GrantId">The sign-in behind it.</param>
    /// <param name="Subject">The person, or the client for itself.</param>
    public sealed record Valid(ClaimsIdentity Claims, string GrantId, string Subject) : TokenVerdict
    {
        /// <summary>The key that signed it.</summary>
        public required string KeyId { get; init; }

        public required DateTimeOffset VerifiedAt { get; init; }

        public required DateTimeOffset ExpiresAt { get; init; }

        /// <summary>The resources that it is for, in canonical form.</summary>
        public required FrozenSet<string> Audiences { get; init; }

        public string? ClientId { get; } = Claims.FindFirst("client_id")?.Value;

        /// <summary>Whether it needs the proof of a key (RFC 9449).</summary>
        public bool IsBound { get; } = Confirmation.IsBound(new ClaimsPrincipal(Claims));

        /// <summary>Who calls, for one request: the application may add to it.</summary>
        public ClaimsPrincipal CreateUser() => new(Claims.Clone());
    }

    /// <summary>It is not ours, not for us, over, or its session has ended.</summary>
    public sealed record Invalid(string Reason) : TokenVerdict;

    /// <summary>It cannot be told at the moment: the keys or the store cannot be reached.</summary>
    public sealed record Unknown : TokenVerdict;
}
