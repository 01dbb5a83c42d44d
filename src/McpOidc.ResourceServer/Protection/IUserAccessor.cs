using System.Security.Claims;
using McpOidc.Sessions;

namespace McpOidc.Protection;

/// <summary>What the identity provider said of the signed-in user, for tools.</summary>
public interface IUserAccessor
{
    /// <summary>The user's claims and custom data.</summary>
    /// <param name="user">The user of the request.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> when the user has no session any more.</returns>
    ValueTask<SignedInUser?> GetAsync(ClaimsPrincipal user, CancellationToken cancellationToken = default);
}
