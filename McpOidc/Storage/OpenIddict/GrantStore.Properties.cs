using System.Collections.Immutable;
using System.Text.Json;
using McpOidc.Token;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Storage.OpenIddict;

/// <content>What OpenIddict reads of a grant and writes to it.</content>
internal sealed partial class GrantStore
{
    public ValueTask<string?> GetIdAsync(GrantEntity authorization, CancellationToken cancellationToken) => new(authorization.Record.Id);

    public ValueTask<string?> GetApplicationIdAsync(GrantEntity authorization, CancellationToken cancellationToken) => new(authorization.Record.ClientId);

    public ValueTask SetApplicationIdAsync(GrantEntity authorization, string? identifier, CancellationToken cancellationToken)
        => Set(authorization, authorization.Record with { ClientId = identifier ?? "" });

    public ValueTask<DateTimeOffset?> GetCreationDateAsync(GrantEntity authorization, CancellationToken cancellationToken)
        => new(authorization.Record.CreatedAt);

    public ValueTask SetCreationDateAsync(GrantEntity authorization, DateTimeOffset? date, CancellationToken cancellationToken)
        => Set(authorization, authorization.Record with { CreatedAt = date ?? authorization.Record.CreatedAt });

    public ValueTask<ImmutableDictionary<string, JsonElement>> GetPropertiesAsync(GrantEntity authorization, CancellationToken cancellationToken)
        => new(ImmutableDictionary<string, JsonElement>.Empty);

    public ValueTask SetPropertiesAsync(GrantEntity authorization, ImmutableDictionary<string, JsonElement> properties, CancellationToken cancellationToken)
        => properties is null or { Count: 0 }
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept("properties of a grant", "Give GrantRecord a member.");

    public ValueTask<ImmutableArray<string>> GetScopesAsync(GrantEntity authorization, CancellationToken cancellationToken)
        => new([.. authorization.Record.Scopes]);

    public ValueTask SetScopesAsync(GrantEntity authorization, ImmutableArray<string> scopes, CancellationToken cancellationToken)
        => Set(authorization, authorization.Record with { Scopes = scopes.IsDefault ? [] : [.. scopes] });

    public ValueTask<string?> GetStatusAsync(GrantEntity authorization, CancellationToken cancellationToken) => new(StatusOf(authorization.Record));

    public ValueTask SetStatusAsync(GrantEntity authorization, string? status, CancellationToken cancellationToken) => status switch
    {
        Statuses.Revoked => Set(authorization, authorization.Record with { RevokedAt = authorization.Record.RevokedAt ?? time.GetUtcNow() }),
        null or "" or Statuses.Valid when authorization.Record.IsLive => ValueTask.CompletedTask,
        // Tokens that were refused for it would come alive again.
        null or "" or Statuses.Valid => throw new InvalidOperationException("A revoked grant stays revoked: the user signs in again."),
        _ => throw StoreFaults.NotKept($"the status '{status}' of a grant", "A grant is valid or revoked."),
    };

    public ValueTask<string?> GetSubjectAsync(GrantEntity authorization, CancellationToken cancellationToken) => new(authorization.Record.Subject);

    public ValueTask SetSubjectAsync(GrantEntity authorization, string? subject, CancellationToken cancellationToken)
        => Set(authorization, authorization.Record with { Subject = subject ?? "" });

    public ValueTask<string?> GetTypeAsync(GrantEntity authorization, CancellationToken cancellationToken) => new(AuthorizationTypes.Permanent);

    // OpenIddict makes an ad-hoc one of its own when a sign-in names none. That would be a grant without provider and resource.
    public ValueTask SetTypeAsync(GrantEntity authorization, string? type, CancellationToken cancellationToken)
        => type is null or "" or AuthorizationTypes.Permanent
            ? ValueTask.CompletedTask
            : throw StoreFaults.NotKept(
                $"{type} authorizations", "Every sign-in makes its grant and names it with SetAuthorizationId; call DisableAuthorizationStorage().");

    private static ValueTask Set(GrantEntity authorization, GrantRecord record)
    {
        authorization.Record = record;
        return ValueTask.CompletedTask;
    }
}
