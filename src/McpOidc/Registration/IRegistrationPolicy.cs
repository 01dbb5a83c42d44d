using System.Net;
using System.Text.Json.Nodes;

namespace McpOidc.Registration;

/// <summary>
/// Decides who may register a client, in addition to the built-in rules. Register with <c>AddRegistrationPolicy</c>; if there are several,
/// all are asked.
/// </summary>
public interface IRegistrationPolicy
{
    /// <summary>Decides about a registration with valid metadata (RFC 7591 §3.2).</summary>
    /// <param name="request">The registration.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    /// <returns><see langword="null"/> to accept it, or the reason for the client's developer, which becomes the <c>error_description</c>
    /// of <c>invalid_client_metadata</c>.</returns>
    ValueTask<string?> FindObjectionAsync(RegistrationPolicyRequest request, CancellationToken cancellationToken);
}

/// <summary>A registration, or a change of one.</summary>
/// <param name="Metadata">The client metadata that would be stored (RFC 7591 §2).</param>
/// <param name="ClientId">The client that changes its metadata; <see langword="null"/> for a new one.</param>
/// <param name="RemoteAddress">The address of the request, after trusted proxies.</param>
public sealed record RegistrationPolicyRequest(JsonObject Metadata, string? ClientId, IPAddress? RemoteAddress);
