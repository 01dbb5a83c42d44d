using McpOidc.Token;

namespace McpOidc.RateLimits;

/// <summary>Who calls an endpoint for machines, as OpenIddict read it: whatever else reads the request may read another client.</summary>
/// <param name="ClientId">The client that it names; nothing of it is verified yet.</param>
/// <param name="Address">What limits by address count by.</param>
/// <param name="SendsProof">Whether it has a secret or an assertion with it.</param>
/// <param name="Held">What it holds of ours.</param>
/// <param name="RefreshesByOwnId">Whether it refreshes with a client id in which a registration of this server stands.</param>
internal sealed record TokenCaller(string? ClientId, string? Address, bool SendsProof, HeldToken Held, bool RefreshesByOwnId)
{
    /// <summary>The key under which failures of this client from this address are counted.</summary>
    public string? ClientAtAddress => ClientId is null || Address is null ? null : $"{Address}\n{ClientId}";

    /// <summary>Whether the answer was counted as a failure before it was known.</summary>
    public bool IsCharged { get; set; }
}
