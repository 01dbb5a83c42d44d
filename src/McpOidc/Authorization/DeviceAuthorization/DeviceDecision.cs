using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.SignIn.Rules;
using McpOidc.Token;
using Microsoft.Extensions.Logging;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Judges what a person may grant a device, and carries out the decision.</summary>
internal sealed partial class DeviceDecision(
    DeviceRequests devices,
    Grants grants,
    GrantOrigins origins,
    UserSessions users,
    SignInRight right,
    AuditLog audit,
    TimeProvider clock,
    ILogger<DeviceDecision> logger
)
{
    /// <summary>The requested scopes that the person may have; <see langword="null"/> if the person may not use the server.</summary>
    public async ValueTask<string[]?> JudgeAsync(
        UserRecord user,
        DeviceRequestRecord request,
        ResourceOptions resource,
        CancellationToken cancellationToken
    )
    {
        var verdict = await right.JudgeAsync(user, new JudgedRequest(request.ClientId, resource.Uri, request.Scopes), cancellationToken);
        if (verdict.Refusal is { IsOfClient: false })
        {
            await right.EndAsync(user.Subject, cancellationToken);
        }

        return verdict.Refusal is not null || (verdict.Scopes.Count == 0 && request.Scopes.Length > 0) ? null : [.. verdict.Scopes];
    }

    /// <summary>Creates the grant of a device. The device code is redeemed like an authorization code.</summary>
    /// <returns><see langword="false"/> if the request was already decided.</returns>
    public async Task<bool> AllowAsync(
        Visitor visitor,
        BrowserSessionRecord session,
        DeviceRequestRecord request,
        string[] scopes,
        CancellationToken cancellationToken
    )
    {
        var (now, id) = (clock.GetUtcNow(), request.GrantId);
        var grant = new GrantRecord
        {
            Id = id,
            Subject = visitor.Subject,
            Provider = visitor.User.Provider,
            ProviderSession = session.ProviderSession,
            ClientId = request.ClientId,
            Scopes = scopes,
            Resource = request.Resource,
            RedirectUri = "",
            CodeKey = request.CodeKey,
            Origin = await origins.SealAsync(id, request.Origin ?? new GrantOrigin(null, null), cancellationToken),
            CreatedAt = now,
            AuthenticatedAt = session.ToldAuthenticatedAt,
            ExpiresAt = grants.InitialExpiry(request.Resource, request.EndsAt - now),
            Code = new AuthorizationCodeRecord
            {
                Hash = request.Hash,
                CreatedAt = now,
                ExpiresAt = request.EndsAt,
            },
        };
        await users.KeepAliveAsync(visitor.User, cancellationToken);
        // The grant comes first. A device that polls in between waits; otherwise it would find no grant. It exists already if the store
        // failed after it, and the person decides again.
        if (!await grants.TryCreateAsync(grant, cancellationToken) && !await grants.TryReplaceUnusedAsync(grant, cancellationToken))
        {
            return false;
        }

        if (!await devices.DecideAsync(request, isAllowed: true, cancellationToken))
        {
            // Decided in another window at the same time; if it was allowed there, the grant is in use.
            if (await devices.FindDecisionAsync(request, cancellationToken) != true)
            {
                await grants.RevokeAsync(id, cancellationToken);
            }

            return false;
        }

        LogGranted(id, grant.ClientId, grant.Subject, string.Join(' ', scopes), grant.Resource);
        audit.ConsentGranted(grant.Subject, grant.ClientId, scopes, grant.Resource);
        audit.DeviceAllowed(grant, request.Origin?.Address);
        return true;
    }

    /// <returns><see langword="false"/> if the request was already decided.</returns>
    public async Task<bool> DenyAsync(string subject, DeviceRequestRecord request, CancellationToken cancellationToken)
    {
        if (!await devices.DecideAsync(request, isAllowed: false, cancellationToken))
        {
            return false;
        }

        audit.DeviceDenied(subject, request.ClientId, request.Origin?.Address);
        return true;
    }

    [LoggerMessage(
        2971,
        LogLevel.Information,
        "Grant {GrantId}: client {ClientId} on a device may act for {Subject} with the scopes {Scopes} at {Resource}."
    )]
    private partial void LogGranted(string grantId, string clientId, string subject, string scopes, string resource);
}
