using System.Security.Claims;
using McpOidc.Sessions;
using McpOidc.Storage;

namespace McpOidc.Protection;

/// <summary>Reads users from the shared store.</summary>
internal sealed class UserAccessor(RecordStore records) : IUserAccessor
{
    public async ValueTask<SignedInUser?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken) =>
        user.FindFirst("sub")?.Value is { Length: > 0 } subject
        && (await records.GetAsync(StoreKeys.User, subject, cancellationToken))?.Value is { } record
            ? new SignedInUser(record.Subject, record.IdentityProviderSubject, record.Provider, record.Claims, record.CustomData)
            : null;
}
