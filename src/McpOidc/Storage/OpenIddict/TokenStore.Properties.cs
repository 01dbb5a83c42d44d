using System.Collections.Immutable;
using System.Text.Json;
using McpOidc.Token;

namespace McpOidc.Storage.OpenIddict;

/// <content>The properties of a token that OpenIddict reads and writes.</content>
internal sealed partial class TokenStore
{
    public ValueTask<string?> GetIdAsync(TokenEntity token, CancellationToken cancellationToken) => new(token.Record.Id);

    public ValueTask<string?> GetApplicationIdAsync(TokenEntity token, CancellationToken cancellationToken) => new(token.Record.ClientId);

    public ValueTask SetApplicationIdAsync(TokenEntity token, string? identifier, CancellationToken cancellationToken) =>
        Set(token, token.Record with { ClientId = identifier });

    public ValueTask<string?> GetAuthorizationIdAsync(TokenEntity token, CancellationToken cancellationToken) =>
        new(token.Record.AuthorizationId);

    public ValueTask SetAuthorizationIdAsync(TokenEntity token, string? identifier, CancellationToken cancellationToken) =>
        Set(token, token.Record with { AuthorizationId = identifier });

    public ValueTask<DateTimeOffset?> GetCreationDateAsync(TokenEntity token, CancellationToken cancellationToken) =>
        new(token.Record.CreatedAt);

    public ValueTask SetCreationDateAsync(TokenEntity token, DateTimeOffset? date, CancellationToken cancellationToken) =>
        Set(token, token.Record with { CreatedAt = date });

    public ValueTask<DateTimeOffset?> GetExpirationDateAsync(TokenEntity token, CancellationToken cancellationToken) =>
        new(token.Record.ExpiresAt);

    public ValueTask SetExpirationDateAsync(TokenEntity token, DateTimeOffset? date, CancellationToken cancellationToken) =>
        Set(token, token.Record with { ExpiresAt = date });

    public ValueTask<string?> GetPayloadAsync(TokenEntity token, CancellationToken cancellationToken) => new(token.Record.Payload);

    public ValueTask SetPayloadAsync(TokenEntity token, string? payload, CancellationToken cancellationToken) =>
        Set(token, token.Record with { Payload = payload });

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(TokenEntity token, CancellationToken cancellationToken) =>
        new(ImmutableDictionary<string, JsonElement>.Empty);

    public ValueTask SetPropertiesAsync(
        TokenEntity token,
        ImmutableDictionary<string, JsonElement> properties,
        CancellationToken cancellationToken
    ) => properties is null or { Count: 0 } ? ValueTask.CompletedTask : throw StoreFaults.Unused();

    public ValueTask<DateTimeOffset?> GetRedemptionDateAsync(TokenEntity token, CancellationToken cancellationToken) =>
        new(token.Record.RedeemedAt);

    public ValueTask SetRedemptionDateAsync(TokenEntity token, DateTimeOffset? date, CancellationToken cancellationToken) =>
        Set(token, token.Record with { RedeemedAt = date });

    public ValueTask<string?> GetReferenceIdAsync(TokenEntity token, CancellationToken cancellationToken) =>
        new(token.Record.ReferenceHash is { } hash ? TokenReference.Join(token.Record.Id, hash) : null);

    /// <summary>Stores the second part of a reference; OpenIddict sets it twice, first as issued and then hashed, and writes
    /// once.</summary>
    public ValueTask SetReferenceIdAsync(TokenEntity token, string? identifier, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(identifier))
        {
            return Set(token, token.Record with { ReferenceHash = null });
        }

        // Any other value could never be found again: no token is better than one that cannot be redeemed.
        return TokenReference.TrySplit(identifier, out var id, out var hash) && string.Equals(id, token.Record.Id, StringComparison.Ordinal)
            ? Set(token, token.Record with { ReferenceHash = hash })
            : throw new InvalidOperationException(
                "A token reference must have the form {id}.{secret}. AttachReferenceToken must replace OpenIddict's AttachTokenPayload."
            );
    }

    public ValueTask<string?> GetStatusAsync(TokenEntity token, CancellationToken cancellationToken) => new(token.Record.Status);

    public ValueTask SetStatusAsync(TokenEntity token, string? status, CancellationToken cancellationToken) =>
        Set(token, token.Record with { Status = status });

    public ValueTask<string?> GetSubjectAsync(TokenEntity token, CancellationToken cancellationToken) => new(token.Record.Subject);

    public ValueTask SetSubjectAsync(TokenEntity token, string? subject, CancellationToken cancellationToken) =>
        Set(token, token.Record with { Subject = subject });

    public ValueTask<string?> GetTypeAsync(TokenEntity token, CancellationToken cancellationToken) => new(token.Record.Type);

    public ValueTask SetTypeAsync(TokenEntity token, string? type, CancellationToken cancellationToken) =>
        Set(token, token.Record with { Type = type });

    private static ValueTask Set(TokenEntity token, TokenRecord record)
    {
        token.Record = record;
        return ValueTask.CompletedTask;
    }
}
