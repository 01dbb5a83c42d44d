using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.Extensions.Options;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>Device authorization requests. The user code and the device code both lead to the key of the one record of a
/// request.</summary>
internal sealed class DeviceRequests(RecordStore records, IRootKeys keys, IOptions<DeviceAuthorizationOptions> options, TimeProvider clock)
{
    private const int Attempts = 5;
    private const int LongestInterval = 60;
    private const int SlowDown = 5;

    // Clocks and networks are not exact: a client that waits for the interval must not get slow_down.
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_shortest = TimeSpan.FromSeconds(1);

    /// <summary>Stores a new request.</summary>
    /// <param name="request">The request; its id, hash and times are set here.</param>
    /// <param name="cancellationToken">The token to monitor for cancellation requests.</param>
    public async Task<(DeviceRequestRecord Record, DeviceCode DeviceCode, string UserCode)> BeginAsync(
        DeviceRequestRecord request,
        CancellationToken cancellationToken
    )
    {
        var (key, now) = ((await KeysAsync(cancellationToken))[0], clock.GetUtcNow());
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var userCode = UserCode.Create();
            var deviceCode = DeviceCode.Create(UserCode.IdOf(userCode, key), key);
            var record = request with
            {
                Id = deviceCode.RequestId,
                Hash = deviceCode.Hash,
                CreatedAt = now,
                EndsAt = now + options.Value.CodeLifetime,
                Interval = (int)options.Value.PollingInterval.TotalSeconds,
            };
            if (
                await records.AddAsync(
                    ServerKeys.DeviceRequest,
                    record.Id,
                    record,
                    ServerKeys.DeviceRequest.ExpiresAt(record),
                    cancellationToken
                )
                is not null
            )
            {
                return (record, deviceCode, userCode);
            }
        }

        throw new InvalidOperationException("Every generated user code is already in use.");
    }

    /// <summary>Finds the request of a user code, unless it has expired.</summary>
    public async ValueTask<DeviceRequestRecord?> FindByUserCodeAsync(string? typed, CancellationToken cancellationToken)
    {
        if (UserCode.Read(typed) is not { } code)
        {
            return null;
        }

        string[] ids = [.. (await KeysAsync(cancellationToken)).Select(key => UserCode.IdOf(code, key))];
        return (await records.GetManyAsync(ServerKeys.DeviceRequest, ids, cancellationToken))
            .Select(found => found?.Value)
            .FirstOrDefault(found => found is not null && clock.GetUtcNow() < found.EndsAt);
    }

    /// <summary>Finds the request of a device code, even if it has expired.</summary>
    public async ValueTask<DeviceRequestRecord?> FindByDeviceCodeAsync(string? value, CancellationToken cancellationToken) =>
        DeviceCode.Read(value, await KeysAsync(cancellationToken)) is { } code
        && await records.RecallAsync(ServerKeys.DeviceRequest, code.RequestId, cancellationToken) is { Value: var found }
        && OpaqueToken.Matches(code.Value, found.Hash)
            ? found
            : null;

    /// <summary>Answers a poll of a device (RFC 8628 §3.5).</summary>
    public async ValueTask<DevicePoll> PollAsync(DeviceRequestRecord request, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (request.IsAllowed is { } isAllowed)
        {
            return !isAllowed ? DevicePoll.Denied
                : now < request.EndsAt ? DevicePoll.Allowed
                : DevicePoll.Expired;
        }

        if (now >= request.EndsAt)
        {
            return DevicePoll.Expired;
        }

        // A time in the future is by the clock of another server, which is ahead.
        var isTooSoon =
            request.PolledAt is { } before && before <= now && now < before + TimeSpan.FromSeconds(request.Interval) - s_tolerance;
        // A device that polls without pause causes at most one write per second.
        if (!isTooSoon || now - request.PolledAt >= s_shortest)
        {
            await records.ChangeAsync(
                ServerKeys.DeviceRequest,
                request.Id,
                current =>
                    current is null
                        ? null
                        : current with
                        {
                            PolledAt = now,
                            Interval = isTooSoon ? Math.Min(LongestInterval, current.Interval + SlowDown) : current.Interval,
                        },
                cancellationToken
            );
        }

        return isTooSoon ? DevicePoll.SlowDown : DevicePoll.Pending;
    }

    /// <summary>Stores the person's decision.</summary>
    /// <returns><see langword="false"/> if the request was already decided.</returns>
    public async Task<bool> DecideAsync(DeviceRequestRecord request, bool isAllowed, CancellationToken cancellationToken) =>
        (
            await records.ChangeAsync(
                ServerKeys.DeviceRequest,
                request.Id,
                current => current is { IsAllowed: null } ? current with { IsAllowed = isAllowed } : null,
                cancellationToken
            )
        ).After
            is not null;

    /// <summary>The decision that is stored.</summary>
    public async ValueTask<bool?> FindDecisionAsync(DeviceRequestRecord request, CancellationToken cancellationToken) =>
        (await records.GetAsync(ServerKeys.DeviceRequest, request.Id, cancellationToken))?.Value.IsAllowed;

    /// <summary>Confirms a decision that was found, before answering on its basis.</summary>
    public ValueTask ConfirmAsync(DeviceRequestRecord request, CancellationToken cancellationToken) =>
        records.ConfirmAsync(ServerKeys.DeviceRequest, request.Id, cancellationToken);

    private ValueTask<IReadOnlyList<DerivedKey>> KeysAsync(CancellationToken cancellationToken) =>
        keys.DeriveAsync(KeyPurpose.DeviceCode, cancellationToken);
}

/// <summary>The answer to a poll.</summary>
internal enum DevicePoll
{
    Pending,
    SlowDown,
    Allowed,
    Denied,
    Expired,
}
