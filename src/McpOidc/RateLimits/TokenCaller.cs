using McpOidc.Token;
using OpenIddict.Server;

namespace McpOidc.RateLimits;

/// <summary>The caller of an endpoint for programs, as read by OpenIddict: another parser might read another client.</summary>
/// <param name="ClientId">The client that it names, unverified.</param>
/// <param name="Address">The key for limits by address.</param>
/// <param name="SendsProof">Whether it sends a secret or an assertion.</param>
/// <param name="Held">The token or code that it presents.</param>
/// <param name="RefreshesByOwnId">Whether it refreshes with a stateless client id of this server.</param>
internal sealed record TokenCaller(string? ClientId, string? Address, bool SendsProof, HeldToken Held, bool RefreshesByOwnId)
{
    /// <summary>The key under which failures of this client from this address are counted.</summary>
    public string? ClientAtAddress => ClientId is null || Address is null ? null : $"{Address}\n{ClientId}";

    /// <summary>Whether requests to an endpoint begin a sign-in and were already counted (<see
    /// cref="LimitSignInRequests{TContext}"/>).</summary>
    public static bool BeginsSignIn(OpenIddictServerEndpointType endpoint) =>
        endpoint is OpenIddictServerEndpointType.PushedAuthorization or OpenIddictServerEndpointType.DeviceAuthorization;

    /// <summary>Whether the response was counted as a failure before it was known.</summary>
    public bool IsCharged { get; set; }
}
