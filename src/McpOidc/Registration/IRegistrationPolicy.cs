using System.Net;
using System.Text.Json.Nodes;

namespace McpOidc.Registration;

/// <summary>
/// Decides who may register a client, beside the rules that always hold. Register by <c>AddRegistrationPolicy</c>; several are all asked.
/// </summary>
public interface IRegistrationPolicy
{
    /// <summary>Judges a registration whose metadata are valid (RFC 7591 §3.2).</summary>
    /// <param name="request">The registration.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> to let it be, or the reason for the client's author, which becomes the <c>error_description</c> of
    /// <c>invalid_client_metadata</c>.</returns>
    ValueTask<string?> FindObjectionAsync(RegistrationPolicyRequest request, CancellationToken cancellationToken);
}

/// <summary>A registration, or a change of one.</summary>
/// <param name="Metadata">The client metadata as they would be kept (RFC 7591 §2).</param>
/// <param name="ClientId">The client that changes its metadata; <see langword="null"/> for a new one.</param>
/// <param name="RemoteAddress">Where the request came from, after trusted proxies.</param>
public sealed record RegistrationPolicyRequest(JsonObject Metadata, string? ClientId, IPAddress? RemoteAddress);
