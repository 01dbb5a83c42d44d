using System.Security.Claims;
using McpOidc.DPoP;
using Microsoft.AspNetCore.Authentication;

namespace McpOidc.Protection;

/// <summary>The result of looking at a bearer token.</summary>
internal abstract record TokenVerdict
{
    private TokenVerdict()
    {
    }

    /// <summary>It is good. The same for every request with the token, so that nothing of it is looked for twice.</summary>
    /// <param name="User">What it says.</param>
    /// <param name="GrantId">The sign-in behind it.</param>
    /// <param name="Subject">The person, or the client for itself.</param>
    /// <param name="KeyId">The key that signed it.</param>
    /// <param name="ExpiresAt">When it ends.</param>
    public sealed record Valid(ClaimsPrincipal User, string GrantId, string Subject, string KeyId, DateTimeOffset ExpiresAt) : TokenVerdict
    {
        public string? ClientId { get; } = User.FindFirst("client_id")?.Value;

        /// <summary>Whether it needs the proof of a key (RFC 9449).</summary>
        public bool IsBound { get; } = Confirmation.IsBound(User);

        /// <summary>What ASP.NET Core is told.</summary>
        public Task<AuthenticateResult> Accepting { get; } = Task.FromResult(AuthenticateResult.Success(
            new AuthenticationTicket(User, new AuthenticationProperties { ExpiresUtc = ExpiresAt }, McpOidcAuthentication.Scheme)));
    }

    /// <summary>It is not ours, not for us, over, or its session has ended.</summary>
    public sealed record Invalid(string Reason) : TokenVerdict;

    /// <summary>It cannot be told at the moment: the keys or the store cannot be reached.</summary>
    public sealed record Unknown : TokenVerdict;
}
