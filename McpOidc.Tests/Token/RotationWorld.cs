using McpOidc.Revocation;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using McpOidc.Tests.Storage.OpenIddict;
using McpOidc.Token;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Token;

/// <summary>One refresh token family, the real rotation, and a store in which the test decides the order and which write fails.</summary>
internal sealed class RotationWorld : IDisposable
{
    private const string GrantId = "grant-1";
    private readonly ServiceProvider _services;
    private readonly TurnStore _store = new();
    private readonly RefreshRotation _rotation;
    private readonly RefreshTokenReader _reader;

    public RotationWorld()
    {
        var services = new ServiceCollection();
        services.AddLogging().AddOptions();
        services.AddSingleton<TimeProvider>(new AdjustableClock());
        services.AddStores();
        services.AddSingleton<RevocationLogWriter>().AddSingleton<GrantOrigins>().AddSingleton<Grants>();
        services.AddSingleton<RefreshTokenFamilies>().AddSingleton<RefreshReplay>().AddSingleton<LostRotation>();
        services.AddSingleton<CodeRedeemer>().AddSingleton<RefreshRotation>().AddSingleton<RefreshTokenReader>().AddHttpContextAccessor();
        services.AddSingleton<IMcpOidcStore>(_store);
        _services = services.BuildServiceProvider();
        _rotation = _services.GetRequiredService<RefreshRotation>();
        _reader = _services.GetRequiredService<RefreshTokenReader>();
        var now = _services.GetRequiredService<TimeProvider>().GetUtcNow();
        var grant = new GrantRecord
        {
            Id = GrantId,
            Subject = "s",
            ClientId = "c",
            Provider = "p",
            Scopes = [],
            Resource = "r",
            RedirectUri = "",
            CreatedAt = now,
            AuthenticatedAt = now,
            ExpiresAt = now.AddHours(1),
            Code = new AuthorizationCodeRecord { Hash = "h", ExpiresAt = now.AddMinutes(1) },
        };
        Wait(_services.GetRequiredService<Grants>().CreateAsync(grant, CancellationToken.None));
        var redeemer = _services.GetRequiredService<CodeRedeemer>();
        First = Wait(redeemer.RedeemAsync(GrantId, mayRefresh: true, null, CancellationToken.None)).RefreshToken!.Value;
    }

    public string First { get; }

    private GrantRecord Grant => Wait(_services.GetRequiredService<Grants>().FindAsync(GrantId, CancellationToken.None).AsTask())!.Value;

    public bool IsLive => Grant.IsLive;

    public RefreshTokenState StateOf(string token) => _services.GetRequiredService<RefreshTokenFamilies>().Judge(Grant, Read(token));

    /// <summary>Uses tokens in parallel. Before each access to the store, the next choice decides which request proceeds.</summary>
    public Answer[] UseAtOnce(IReadOnlyList<(string Token, Fault? Fault)> uses, IReadOnlyList<int> choices)
    {
        var requests = uses.Select(use => UseAsync(use.Token, use.Fault)).ToList();
        for (var turn = 0; _store.Waiting.Count > 0; turn++)
        {
            var at = (choices.Count == 0 ? turn : choices[turn % choices.Count]) % _store.Waiting.Count;
            var next = _store.Waiting[at];
            _store.Waiting.RemoveAt(at);
            next.SetResult();
        }

        return [.. requests.Select(Wait)];
    }

    public Answer Use(string token, Fault? fault = null) => UseAtOnce([(token, fault)], [])[0];

    public void Dispose() => _services.Dispose();

    private async Task<Answer> UseAsync(string token, Fault? fault)
    {
        _store.Begin(fault);
        try
        {
            return new Answer((await _rotation.RotateAsync(Read(token), null, CancellationToken.None))?.Value, Crashed: false);
        }
        catch (StoreUnavailableException)
        {
            return new Answer(null, Crashed: true);
        }
    }

    private RefreshToken Read(string token) =>
        Wait(_reader.ReadAsync(token, CancellationToken.None).AsTask())
        ?? throw new InvalidOperationException("A token of ours was not known.");

    // Requests wait only for their turn.
    private static T Wait<T>(Task<T> task) =>
        task.IsCompleted ? task.GetAwaiter().GetResult() : throw new InvalidOperationException("A request did not come to its end.");

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    /// <param name="Successor">The token issued.</param>
    /// <param name="Crashed">Whether the client got no response.</param>
    internal sealed record Answer(string? Successor, bool Crashed);

    /// <param name="Write">Which of the request's writes.</param>
    /// <param name="After">Whether the write was applied before the process died.</param>
    internal sealed record Fault(int Write, bool After);

    private sealed class TurnStore() : StoreDecorator(new LoggingStore())
    {
        private readonly AsyncLocal<Request?> _request = new();

        public List<TaskCompletionSource> Waiting { get; } = [];

        public void Begin(Fault? fault) => _request.Value = new Request { Fault = fault };

        public override async ValueTask<StoredRecord?> GetAsync(string key, CancellationToken cancellationToken = default)
        {
            await TurnAsync();
            return await base.GetAsync(key, cancellationToken);
        }

        public override ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default) =>
            WriteAsync(() => base.AddAsync(key, write, cancellationToken));

        public override ValueTask<long?> ReplaceAsync(
            string key,
            long expectedVersion,
            StoreWrite write,
            CancellationToken cancellationToken = default
        ) => WriteAsync(() => base.ReplaceAsync(key, expectedVersion, write, cancellationToken));

        private async ValueTask<long?> WriteAsync(Func<ValueTask<long?>> write)
        {
            await TurnAsync();
            var fault = _request.Value is { } request && request.Fault?.Write == request.Writes++ ? request.Fault : null;
            if (fault is { After: false })
            {
                throw new StoreUnavailableException("Died before the write.");
            }

            var version = await write();
            return fault is null ? version : throw new StoreUnavailableException("Died after the write.");
        }

        private Task TurnAsync()
        {
            if (_request.Value is null)
            {
                return Task.CompletedTask;
            }

            var turn = new TaskCompletionSource();
            Waiting.Add(turn);
            return turn.Task;
        }

        private sealed class Request
        {
            public Fault? Fault { get; init; }

            public int Writes { get; set; }
        }
    }
}
