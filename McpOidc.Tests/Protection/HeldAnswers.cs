using System.Collections.Concurrent;

namespace McpOidc.Tests.Protection;

/// <summary>Responses that stay in progress for as long as a test wants.</summary>
internal sealed class HeldAnswers
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<string, Answer> _answers = new(StringComparer.Ordinal);

    public async Task<string> AnswerAsync(string name, CancellationToken cancellationToken)
    {
        var answer = Get(name);
        answer.Started.TrySetResult();
        await answer.Finished.Task.WaitAsync(cancellationToken);
        return name;
    }

    public Task StartedAsync(string name) => Get(name).Started.Task.WaitAsync(s_patience);

    public void Finish(string name) => Get(name).Finished.TrySetResult();

    public void FinishAll()
    {
        foreach (var answer in _answers.Values)
        {
            answer.Finished.TrySetResult();
        }
    }

    private Answer Get(string name) => _answers.GetOrAdd(name, _ => new Answer());

    private sealed class Answer
    {
        public TaskCompletionSource Started { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Finished { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
