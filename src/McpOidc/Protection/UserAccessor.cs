using System.Security.Claims;
using McpOidc.Sessions;

namespace McpOidc.Protection;

/// <summary>Reads users from the shared store.</summary>
internal sealed class UserAccessor(UserSessions users) : IUserAccessor
{
    public async ValueTask<SignedInUser?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken) =>
        user.FindFirst("sub")?.Value is { Length: > 0 } subject && await users.FindAsync(subject, cancellationToken) is { } record
            ? new SignedInUser(record.Subject, record.IdentityProviderSubject, record.Provider, record.Claims, record.CustomData)
            : null;
}
