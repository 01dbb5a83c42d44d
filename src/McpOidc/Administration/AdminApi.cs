using McpOidc.Audit;
using McpOidc.ErrorResponses;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace McpOidc.Administration;

/// <summary>The operators' API, protected by the operators' key. <c>openapi.json</c> in this folder describes it.</summary>
internal static class AdminApi
{
    private const int DefaultLimit = 50;
    private const string Actor = "key";

    public static async Task<IResult> ListClientsAsync(
        ClientAdministration clients,
        string? search,
        string? after,
        int? limit,
        CancellationToken cancellationToken
    ) => TypedResults.Json(await clients.ListAsync(search, after, limit ?? DefaultLimit, cancellationToken), AdminJson.Default.ClientPage);

    public static async Task<IResult> FindClientAsync(
        ClientAdministration clients,
        string? client_id,
        CancellationToken cancellationToken
    ) =>
        await clients.FindAsync(client_id ?? "", cancellationToken) is { } client
            ? TypedResults.Json(client, AdminJson.Default.ClientInfo)
            : NotFound("client");

    public static async Task<IResult> DeleteClientAsync(
        ClientAdministration clients,
        AuditLog audit,
        string? client_id,
        CancellationToken cancellationToken
    )
    {
        if (!await clients.DeleteAsync(client_id ?? "", cancellationToken))
        {
            return NotFound("client that can be deleted");
        }

        audit.OperatorActed(Actor, "client.delete", client_id);
        return TypedResults.NoContent();
    }

    public static async Task<IResult> ReapClientsAsync(ClientAdministration clients, AuditLog audit, CancellationToken cancellationToken)
    {
        var reaped = await clients.ReapAsync(cancellationToken);
        audit.OperatorActed(Actor, "clients.reap", target: null);
        return TypedResults.Json(new ReapedClients(reaped), AdminJson.Default.ReapedClients);
    }

    public static async Task<IResult> ListGrantsAsync(
        GrantAdministration grants,
        string? user,
        string? client_id,
        string? search,
        string? after,
        int? limit,
        CancellationToken cancellationToken
    ) =>
        TypedResults.Json(
            await grants.ListAsync(user, client_id, search, after, limit ?? DefaultLimit, cancellationToken),
            AdminJson.Default.GrantInfoPage
        );

    public static async Task<IResult> RevokeGrantAsync(
        GrantAdministration grants,
        AuditLog audit,
        string id,
        CancellationToken cancellationToken
    )
    {
        if (await grants.RevokeAsync(id, cancellationToken) is not { } wasLive)
        {
            return NotFound("grant");
        }

        audit.OperatorActed(Actor, "grant.revoke", id);
        return Revoked(wasLive ? 1 : 0);
    }

    public static async Task<IResult> RevokeGrantsAsync(
        GrantAdministration grants,
        AuditLog audit,
        string? user,
        string? client_id,
        CancellationToken cancellationToken
    )
    {
        if (string.IsNullOrEmpty(user) && string.IsNullOrEmpty(client_id))
        {
            return new OAuthError(
                StatusCodes.Status400BadRequest,
                "invalid_request",
                "Specify user, client_id or both. To end the sign-ins of all users, use /admin/grants/revoke-all."
            );
        }

        var ended = await grants.RevokeManyAsync(user, client_id, cancellationToken);
        audit.OperatorActed(Actor, "grants.revoke", $"{user}|{ClientIdDigest.Of(client_id ?? "")}");
        return Revoked(ended);
    }

    public static async Task<IResult> RevokeEverythingAsync(GrantAdministration grants, AuditLog audit, CancellationToken cancellationToken)
    {
        var ended = await grants.RevokeAllAsync(cancellationToken);
        audit.OperatorActed(Actor, "grants.revoke-all", target: null);
        return Revoked(ended);
    }

    public static async Task<IResult> ListKeysAsync(SigningKeyAdministration keys, CancellationToken cancellationToken) =>
        keys.AreConfigured ? KeysAreConfigured() : Keys(await keys.ListAsync(cancellationToken));

    public static async Task<IResult> RotateKeysAsync(SigningKeyAdministration keys, AuditLog audit, CancellationToken cancellationToken)
    {
        if (keys.AreConfigured)
        {
            return KeysAreConfigured();
        }

        var changed = await keys.RotateAsync(cancellationToken);
        audit.OperatorActed(Actor, "keys.rotate", target: null);
        return Keys(changed);
    }

    public static async Task<IResult> DropKeyAsync(
        SigningKeyAdministration keys,
        AuditLog audit,
        string kid,
        CancellationToken cancellationToken
    )
    {
        if (keys.AreConfigured)
        {
            return KeysAreConfigured();
        }

        if (await keys.DropAsync(kid, cancellationToken) is not { } changed)
        {
            return NotFound("key");
        }

        audit.OperatorActed(Actor, "key.drop", kid);
        return Keys(changed);
    }

    public static async Task<IResult> ListAuditAsync(AuditTrail trail, string? search, int? limit, CancellationToken cancellationToken) =>
        TypedResults.Json(
            new AuditEvents(await trail.ListAsync(search, limit ?? DefaultLimit, cancellationToken)),
            AdminJson.Default.AuditEvents
        );

    public static async Task<IResult> FindTimelineAsync(SignInTimelines timelines, string reference, CancellationToken cancellationToken) =>
        await timelines.FindAsync(reference, cancellationToken) is { } timeline
            ? TypedResults.Json(timeline, AdminJson.Default.SignInTimeline)
            : NotFound("timeline");

    public static IResult Describe() =>
        TypedResults.Stream(
            typeof(AdminApi).Assembly.GetManifestResourceStream("McpOidc.Administration.openapi.json")
                ?? throw new InvalidOperationException("The library was built without openapi.json."),
            "application/json"
        );

    private static OAuthError NotFound(string what) => new(StatusCodes.Status404NotFound, "not_found", $"There is no such {what}.");

    private static OAuthError KeysAreConfigured() =>
        new(
            StatusCodes.Status409Conflict,
            "keys_are_configured",
            "The signing keys are configured in McpOidc:Keys:Jwks. Change them there."
        );

    private static JsonHttpResult<RevokedGrants> Revoked(long count) =>
        TypedResults.Json(new RevokedGrants(count), AdminJson.Default.RevokedGrants);

    private static JsonHttpResult<SigningKeys> Keys(IReadOnlyList<SigningKeyInfo> keys) =>
        TypedResults.Json(
            new SigningKeys([
                .. keys.Select(key => new SigningKeyJson(key.KeyId, key.Algorithm, key.CreatedAt, key.SignsFrom, key.IsActive)),
            ]),
            AdminJson.Default.SigningKeys
        );
}
