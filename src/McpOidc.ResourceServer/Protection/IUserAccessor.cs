using System.Security.Claims;
using McpOidc.Sessions;

namespace McpOidc.Protection;

/// <summary>The identity provider's data about the signed-in user, for tools.</summary>
public interface IUserAccessor
{
    /// <summary>Gets the user's claims and custom data.</summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> if the user's grant has ended.</returns>
    ValueTask<SignedInUser?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken = default);
}
