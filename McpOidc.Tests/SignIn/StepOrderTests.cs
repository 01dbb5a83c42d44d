using McpOidc.Storage;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.SignIn;

/// <summary>One request uses its HttpContext in one place at a time: the audit log read the caller's address while the rest of the callback
/// wrote its answer, and one of some thousand sign-ins ended with a server error.</summary>
public sealed class StepOrderTests
{
    [Fact]
    public async Task The_answer_of_a_callback_is_kept_once_the_user_is_signed_in()
    {
        SlowStore? store = null;
        await using var system = await TestSystem.StartAsync(options =>
            options.Server = mcpOidc => StoreDecorator.Around(mcpOidc.Services, inner => store = new SlowStore(inner))
        );
        using var client = system.CreateClient();
        using var browser = new Browser();

        await client.SignInAsync(browser);

        Assert.Equal(2, store!.Answers);
        Assert.Equal(0, store.EarlyAnswers);
    }

    /// <summary>Holds the user's record until an answer is being kept, or for some time.</summary>
    private sealed class SlowStore(IMcpOidcStore inner) : StoreDecorator(inner)
    {
        private static readonly TimeSpan s_hold = TimeSpan.FromMilliseconds(200);
        private TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _held;

        public int Answers { get; private set; }

        public int EarlyAnswers { get; private set; }

        public override async ValueTask<long?> AddAsync(string key, StoreWrite write, CancellationToken cancellationToken = default)
        {
            if (key.StartsWith("step:", StringComparison.Ordinal))
            {
                Answers++;
                EarlyAnswers += Volatile.Read(ref _held) > 0 ? 1 : 0;
                Interlocked.Exchange(ref _answer, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }
            else if (key.StartsWith("user:", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _held);
                // An answer that is kept too early ends the wait; otherwise its time-out does.
                await _answer.Task.WaitAsync(s_hold, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Interlocked.Decrement(ref _held);
            }

            return await base.AddAsync(key, write, cancellationToken);
        }
    }
}
