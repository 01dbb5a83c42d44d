using System.Security.Claims;

namespace McpOidc.Protection;

/// <summary>The result of looking at a bearer token.</summary>
internal abstract record TokenVerdict
{
    private TokenVerdict()
    {
    }

    /// <summary>It is good.</summary>
    public sealed record Valid(ClaimsPrincipal User, DateTimeOffset ExpiresAt) : TokenVerdict;

    /// <summary>It is not ours, not for us, over, or its session has ended.</summary>
    public sealed record Invalid(string Reason) : TokenVerdict;

    /// <summary>It cannot be told at the moment: the keys or the store cannot be reached.</summary>
    public sealed record Unknown : TokenVerdict;
}
