using McpOidc.RateLimits;
using McpOidc.Registration;
using McpOidc.Telemetry;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Audit;

/// <summary>
/// Logs who did what with which client, from where, and with what result: one log category, and a stable id for each event
/// (docs/audit-events.md). Of a user it contains only the subject, and never a token.
/// </summary>
internal sealed partial class AuditLog(ILoggerFactory loggers, IHttpContextAccessor http, Metrics metrics, AuditRing? ring = null)
{
    public const string Category = "McpOidc.Audit";

    private const int MaximumSent = 200;

    private readonly ILogger _logger = ring is { IsKept: true }
        ? new AuditRingLogger(loggers.CreateLogger(Category), ring)
        : loggers.CreateLogger(Category);

    private string? Address => http.HttpContext?.Connection.RemoteIpAddress?.ToString();

    private string? Trace => RequestTrace.Of(http.HttpContext);

    /// <param name="clientId">The client.</param>
    /// <param name="isShared">Whether other installations have the same id.</param>
    /// <param name="isNoted">Whether to log an event: registrations that cost nothing may be numerous.</param>
    public void ClientRegistered(string clientId, bool isShared, bool isNoted = true)
    {
        metrics.Registered(isShared ? "shared" : "new");
        if (isNoted)
        {
            ClientRegistered(clientId, isShared ? "shared" : "new", Address, Trace);
        }
    }

    public void ClientChanged(string clientId) => ClientChanged(clientId, Address, Trace);

    public void ClientDeleted(string clientId) => ClientDeleted(clientId, Address, Trace);

    public void ClientDocumentChanged(string clientId) => ClientDocumentChanged(clientId, Trace);

    /// <summary>The host of a client's document refuses connections, and the document in the package is used.</summary>
    public void ClientDocumentShipped(string clientId) => ClientDocumentShipped(clientId, Trace);

    /// <param name="sent">The value sent as client id.</param>
    public void ClientAuthenticationFailed(string? sent) => ClientAuthenticationFailed(Clean(sent), Address, Trace);

    public void SignInFinished(string subject, string clientId)
    {
        metrics.SignInFinished();
        SignInFinished(subject, clientId, Address, Trace);
    }

    /// <param name="clientId">The client that asked for the sign-in.</param>
    /// <param name="error">The OAuth error for the client.</param>
    /// <param name="cause">The cause, by names and codes: nothing that the provider wrote.</param>
    public void SignInFailed(string clientId, string error, string cause)
    {
        metrics.SignInFailed(error);
        SignInFailed(clientId, error, cause, Address, Trace);
    }

    /// <param name="subject">The user.</param>
    /// <param name="clientId">The requesting client.</param>
    /// <param name="rule">The configured rule, or the reason given by a policy.</param>
    public void SignInRefused(string subject, string clientId, string rule)
    {
        metrics.SignInFailed(Errors.AccessDenied);
        SignInRefused(subject, clientId, rule, Address, Trace);
    }

    public void ConsentGranted(string subject, string clientId, IEnumerable<string> scopes, string resource) =>
        ConsentGranted(subject, clientId, string.Join(' ', scopes), resource, Address, Trace);

    /// <param name="subject">The user, if signed in.</param>
    /// <param name="clientId">The client.</param>
    public void ConsentDenied(string? subject, string clientId) => ConsentDenied(subject, clientId, Address, Trace);

    public void TokenIssued(GrantRecord grant, string grantType) =>
        TokenIssued(grant.Subject, grant.ClientId, grant.Id, grantType, Address, Trace);

    public void TokenRefreshed(GrantRecord grant)
    {
        metrics.Refreshed();
        TokenRefreshed(grant.Subject, grant.ClientId, grant.Id, Address, Trace);
    }

    public void RefreshTokenReplayed(GrantRecord grant)
    {
        metrics.RefreshReplayed();
        RefreshTokenReplayed(grant.Subject, grant.ClientId, grant.Id, Address, Trace);
    }

    public void RefreshTokenRetriedElsewhere(GrantRecord grant) =>
        RefreshTokenRetriedElsewhere(grant.Subject, grant.ClientId, grant.Id, Address, Trace);

    /// <param name="grant">The grant from the store.</param>
    /// <param name="outcome"><c>rotated</c> or <c>refused</c>.</param>
    public void RefreshTokenNewer(GrantRecord grant, string outcome)
    {
        metrics.WriteLost();
        RefreshTokenNewer(grant.Subject, grant.ClientId, grant.Id, outcome, Address, Trace);
    }

    public void CodeReplayed(GrantRecord grant)
    {
        metrics.CodeReplayed();
        CodeReplayed(grant.Subject, grant.ClientId, grant.Id, Address, Trace);
    }

    /// <param name="subject">The user whose identity provider token was returned.</param>
    /// <param name="clientId">The MCP server that received it.</param>
    public void IdentityProviderTokenExchanged(string? subject, string? clientId) =>
        IdentityProviderTokenExchanged(subject, Clean(clientId), Address, Trace);

    /// <param name="grant">The ended grant.</param>
    /// <param name="by">Who ended it: <c>client</c>, <c>user</c> or <c>operator</c>.</param>
    public void GrantRevoked(GrantRecord grant, string by) => GrantRevoked(grant.Subject, grant.ClientId, grant.Id, by, Address, Trace);

    /// <param name="grant">The grant.</param>
    /// <param name="scope">The scope that the user withdrew.</param>
    public void GrantNarrowed(GrantRecord grant, string scope) =>
        GrantNarrowed(grant.Subject, grant.ClientId, grant.Id, scope, Address, Trace);

    /// <param name="subject">The user, or <c>key</c> for a caller with the operators' key.</param>
    /// <param name="action">The action.</param>
    /// <param name="target">Its object: one of our ids.</param>
    public void OperatorActed(string subject, string action, string? target) =>
        OperatorActed(subject, action, Clean(target), Address, Trace);

    /// <summary>An operator signed out all users.</summary>
    public void EverythingRevoked(long grants) => EverythingRevoked(grants, Address, Trace);

    public void SignedOut(string subject) => SignedOut(subject, Address, Trace);

    /// <summary>The identity provider no longer confirms the user.</summary>
    public void IdentityProviderSessionEnded(string subject) => IdentityProviderSessionEnded(subject, Trace);

    /// <param name="keyId">The <c>kid</c>.</param>
    /// <param name="change">The new state: <c>made</c>, <c>signs</c>, <c>retired</c> or <c>dropped</c>.</param>
    public void KeyChanged(string keyId, string change) => KeyChanged(keyId, change, Trace);

    /// <summary>Logs the first rejection of a window; the others would fill the log.</summary>
    /// <param name="refusal">The rejection.</param>
    /// <param name="sent">The value sent as client id.</param>
    public void LimitReached(RateLimitRefusal refusal, string? sent)
    {
        if (refusal.IsFirst)
        {
            metrics.Limited(refusal.Limit);
            LimitReached(refusal.Limit, Clean(sent), Address, Trace);
        }
    }

    // Untrusted text: without line breaks, and with limited length.
    private static string? Clean(string? sent) =>
        sent is null
            ? null
            : string.Concat(
                ClientIdDigest.OfSent(sent).Take(MaximumSent).Select(character => character is > ' ' and <= '~' ? character : '?')
            );

    [LoggerMessage(
        2501,
        LogLevel.Information,
        "client.registered: client {ClientId}, outcome {Outcome}, from {Address}, trace {Trace}.",
        EventName = "client.registered"
    )]
    private partial void ClientRegistered(string clientId, string outcome, string? address, string? trace);

    [LoggerMessage(
        2502,
        LogLevel.Information,
        "client.changed: client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "client.changed"
    )]
    private partial void ClientChanged(string clientId, string? address, string? trace);

    [LoggerMessage(
        2503,
        LogLevel.Information,
        "client.deleted: client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "client.deleted"
    )]
    private partial void ClientDeleted(string clientId, string? address, string? trace);

    [LoggerMessage(
        2504,
        LogLevel.Information,
        "client.document_changed: client {ClientId}, trace {Trace}.",
        EventName = "client.document_changed"
    )]
    private partial void ClientDocumentChanged(string clientId, string? trace);

    [LoggerMessage(
        2506,
        LogLevel.Warning,
        "client.document_shipped: client {ClientId}, trace {Trace}.",
        EventName = "client.document_shipped"
    )]
    private partial void ClientDocumentShipped(string clientId, string? trace);

    [LoggerMessage(
        2505,
        LogLevel.Warning,
        "client.authentication_failed: client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "client.authentication_failed"
    )]
    private partial void ClientAuthenticationFailed(string? clientId, string? address, string? trace);

    [LoggerMessage(
        2511,
        LogLevel.Information,
        "sign_in.finished: subject {Subject}, client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "sign_in.finished"
    )]
    private partial void SignInFinished(string subject, string clientId, string? address, string? trace);

    [LoggerMessage(
        2512,
        LogLevel.Warning,
        "sign_in.failed: client {ClientId}, outcome {Outcome}, cause {Cause}, from {Address}, trace {Trace}.",
        EventName = "sign_in.failed"
    )]
    private partial void SignInFailed(string clientId, string outcome, string cause, string? address, string? trace);

    [LoggerMessage(
        2513,
        LogLevel.Information,
        "consent.granted: subject {Subject}, client {ClientId}, scopes {Scopes}, resource {Resource}, from {Address}, trace {Trace}.",
        EventName = "consent.granted"
    )]
    private partial void ConsentGranted(string subject, string clientId, string scopes, string resource, string? address, string? trace);

    [LoggerMessage(
        2514,
        LogLevel.Information,
        "consent.denied: subject {Subject}, client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "consent.denied"
    )]
    private partial void ConsentDenied(string? subject, string clientId, string? address, string? trace);

    [LoggerMessage(
        2515,
        LogLevel.Information,
        "sign_out.finished: subject {Subject}, from {Address}, trace {Trace}.",
        EventName = "sign_out.finished"
    )]
    private partial void SignedOut(string subject, string? address, string? trace);

    [LoggerMessage(2516, LogLevel.Warning, "idp_session.ended: subject {Subject}, trace {Trace}.", EventName = "idp_session.ended")]
    private partial void IdentityProviderSessionEnded(string subject, string? trace);

    [LoggerMessage(
        2521,
        LogLevel.Information,
        "token.issued: subject {Subject}, client {ClientId}, grant {GrantId}, outcome {Outcome}, from {Address}, trace {Trace}.",
        EventName = "token.issued"
    )]
    private partial void TokenIssued(string subject, string clientId, string grantId, string outcome, string? address, string? trace);

    [LoggerMessage(
        2522,
        LogLevel.Information,
        "token.refreshed: subject {Subject}, client {ClientId}, grant {GrantId}, from {Address}, trace {Trace}.",
        EventName = "token.refreshed"
    )]
    private partial void TokenRefreshed(string subject, string clientId, string grantId, string? address, string? trace);

    [LoggerMessage(
        2523,
        LogLevel.Warning,
        "refresh_token.replayed: subject {Subject}, client {ClientId}, grant {GrantId}, from {Address}, trace {Trace}.",
        EventName = "refresh_token.replayed"
    )]
    private partial void RefreshTokenReplayed(string subject, string clientId, string grantId, string? address, string? trace);

    [LoggerMessage(
        2529,
        LogLevel.Warning,
        "refresh_token.retried_elsewhere: subject {Subject}, client {ClientId}, grant {GrantId}, from {Address}, trace {Trace}.",
        EventName = "refresh_token.retried_elsewhere"
    )]
    private partial void RefreshTokenRetriedElsewhere(string subject, string clientId, string grantId, string? address, string? trace);

    [LoggerMessage(
        2800,
        LogLevel.Warning,
        "refresh_token.newer: subject {Subject}, client {ClientId}, grant {GrantId}, {Outcome}, from {Address}, trace {Trace}.",
        EventName = "refresh_token.newer"
    )]
    private partial void RefreshTokenNewer(string subject, string clientId, string grantId, string outcome, string? address, string? trace);

    [LoggerMessage(
        2524,
        LogLevel.Warning,
        "code.replayed: subject {Subject}, client {ClientId}, grant {GrantId}, from {Address}, trace {Trace}.",
        EventName = "code.replayed"
    )]
    private partial void CodeReplayed(string subject, string clientId, string grantId, string? address, string? trace);

    [LoggerMessage(
        2525,
        LogLevel.Information,
        "grant.revoked: subject {Subject}, client {ClientId}, grant {GrantId}, by {By}, from {Address}, trace {Trace}.",
        EventName = "grant.revoked"
    )]
    private partial void GrantRevoked(string subject, string clientId, string grantId, string by, string? address, string? trace);

    [LoggerMessage(
        2526,
        LogLevel.Information,
        "idp_token.exchanged: subject {Subject}, client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "idp_token.exchanged"
    )]
    private partial void IdentityProviderTokenExchanged(string? subject, string? clientId, string? address, string? trace);

    [LoggerMessage(
        2527,
        LogLevel.Warning,
        "grants.all_revoked: by operator, outcome {Count} ended, from {Address}, trace {Trace}.",
        EventName = "grants.all_revoked"
    )]
    private partial void EverythingRevoked(long count, string? address, string? trace);

    [LoggerMessage(
        2528,
        LogLevel.Information,
        "operator.acted: subject {Subject}, action {Action}, target {Target}, from {Address}, trace {Trace}.",
        EventName = "operator.acted"
    )]
    private partial void OperatorActed(string subject, string action, string? target, string? address, string? trace);

    [LoggerMessage(
        2910,
        LogLevel.Warning,
        "sign_in.refused: subject {Subject}, client {ClientId}, rule {Rule}, from {Address}, trace {Trace}.",
        EventName = "sign_in.refused"
    )]
    private partial void SignInRefused(string subject, string clientId, string rule, string? address, string? trace);

    [LoggerMessage(
        2911,
        LogLevel.Information,
        "grant.narrowed: subject {Subject}, client {ClientId}, grant {GrantId}, scopes {Scopes}, from {Address}, trace {Trace}.",
        EventName = "grant.narrowed"
    )]
    private partial void GrantNarrowed(string subject, string clientId, string grantId, string scopes, string? address, string? trace);

    [LoggerMessage(2531, LogLevel.Information, "key.changed: key {KeyId}, outcome {Outcome}, trace {Trace}.", EventName = "key.changed")]
    private partial void KeyChanged(string keyId, string outcome, string? trace);

    [LoggerMessage(
        2532,
        LogLevel.Warning,
        "limit.reached: limit {Limit}, client {ClientId}, from {Address}, trace {Trace}.",
        EventName = "limit.reached"
    )]
    private partial void LimitReached(string limit, string? clientId, string? address, string? trace);
}
