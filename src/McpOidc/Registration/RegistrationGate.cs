using System.Text.Json;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Registration;

/// <summary>Decides whether registration is open, who may register, and what the operator's policies object to.</summary>
internal sealed class RegistrationGate(IOptions<RegistrationOptions> options, IEnumerable<IRegistrationPolicy> policies)
{
    private readonly string[] _initialAccessTokens = [.. options.Value.InitialAccessTokens.Select(OpaqueToken.Hash)];

    public bool IsOpen => options.Value.Enabled;

    /// <summary>Whether registration requires an initial access token.</summary>
    public bool KnowsWhoAsks => _initialAccessTokens.Length > 0;

    /// <summary>Authorizes the caller (RFC 7591 §3).</summary>
    /// <returns><see langword="null"/> if the request may continue.</returns>
    public OAuthError? FindRefusal(HttpRequest request)
    {
        if (!options.Value.Enabled)
        {
            return new OAuthError(
                StatusCodes.Status403Forbidden,
                "access_denied",
                "Client registration is disabled. Use a Client ID Metadata Document, or ask the operator for a client id."
            );
        }

        if (_initialAccessTokens.Length == 0)
        {
            return null;
        }

        var header = request.Headers.Authorization.ToString();
        var token = header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..].Trim() : null;
        if (_initialAccessTokens.Any(hash => OpaqueToken.Matches(token, hash)))
        {
            return null;
        }

        request.HttpContext.Response.Headers.WWWAuthenticate = token is null ? "Bearer" : "Bearer error=\"invalid_token\"";
        return new OAuthError(
            StatusCodes.Status401Unauthorized,
            "invalid_token",
            "Registration requires an initial access token from the operator of this server."
        );
    }

    /// <summary>Asks the operator's policies.</summary>
    public async ValueTask<RegistrationError?> FindObjectionAsync(
        ClientMetadata metadata,
        string? clientId,
        HttpRequest request,
        CancellationToken cancellationToken
    )
    {
        foreach (var policy in policies)
        {
            var asked = new RegistrationPolicyRequest(
                JsonSerializer.SerializeToNode(metadata, RegistrationJson.Default.ClientMetadata)!.AsObject(),
                clientId,
                request.HttpContext.Connection.RemoteIpAddress
            );
            if (await policy.FindObjectionAsync(asked, cancellationToken) is { } objection)
            {
                return RegistrationError.InvalidMetadata(objection);
            }
        }

        return null;
    }
}
