using CsCheck;
using McpOidc.Tests.Fuzzing;
using McpOidc.Token;

namespace McpOidc.Tests.Token;

/// <summary>What rotation guarantees, for any order of uses, retries and crashes (security cases C18 to C21, H12).</summary>
public sealed class RefreshRotationPropertyTests
{
    private static readonly Gen<RotationWorld.Fault?> s_fault = Gen.Select(
        Gen.Int[0, 3],
        Gen.Bool,
        (write, after) => write > 1 ? null : new RotationWorld.Fault(write, after)
    );
    private static readonly Gen<(int Age, RotationWorld.Fault? Fault)> s_use = Gen.Select(
        Gen.Frequency((6, Gen.Int[0, 1]), (1, Gen.Int[2, 4])),
        s_fault
    );
    private static readonly Gen<int[]> s_turns = Gen.Int[0, 7].Array[0, 24];

    [Fact]
    public void Sequential_uses_end_as_the_model_predicts() =>
        s_use
            .Array[1, 12]
            .Sample(
                uses =>
                {
                    using var world = new RotationWorld();
                    var model = new Model(world.First);
                    foreach (var (age, fault) in uses)
                    {
                        model.UseAndCompare(world, age, fault);
                    }
                },
                iter: FuzzInputs.Count(2_000, cost: 20)
            );

    [Fact]
    public void A_client_using_its_latest_token_is_never_locked_out_despite_crashes_and_parallel_requests() =>
        Gen.Select(s_fault.Array[1, 4], s_turns)
            .Array[1, 6]
            .Sample(
                rounds =>
                {
                    using var world = new RotationWorld();
                    var holds = world.First;
                    var seen = new HashSet<string> { holds };
                    foreach (var (faults, turns) in rounds)
                    {
                        var answers = world.UseAtOnce([.. faults.Select(fault => (holds, fault))], turns);
                        Assert.All(answers, answer => Assert.True(answer.Crashed || answer.Successor is not null));
                        var successors = answers.Select(answer => answer.Successor).OfType<string>().Distinct().ToList();
                        Assert.InRange(successors.Count, 0, 1);
                        holds = successors.SingleOrDefault(holds);
                        seen.Add(holds);
                        Assert.True(world.IsLive);
                        Assert.InRange(seen.Count(token => world.StateOf(token) == RefreshTokenState.Current), 0, 1);
                    }

                    var next = world.Use(holds).Successor;
                    Assert.NotNull(next);
                    Assert.Equal(next, world.Use(holds).Successor);
                    Assert.NotNull(world.Use(next).Successor);
                },
                iter: FuzzInputs.Count(1_000, cost: 40)
            );

    [Fact]
    public void Tokens_used_in_parallel_yield_one_successor_each_and_only_an_ancestor_ends_the_family() =>
        Gen.Select(s_use.Array[1, 4], s_turns)
            .Array[1, 6]
            .Sample(
                rounds =>
                {
                    using var world = new RotationWorld();
                    var known = new List<string> { world.First };
                    var successorOf = new Dictionary<string, string>();
                    var used = new HashSet<string>();
                    foreach (var (uses, turns) in rounds)
                    {
                        var wasLive = world.IsLive;
                        List<(string Token, RotationWorld.Fault? Fault)> requests =
                        [
                            .. uses.Select(use => (known[Math.Max(0, known.Count - 1 - use.Age)], use.Fault)),
                        ];
                        used.UnionWith(requests.Select(request => request.Token));
                        foreach (var (request, answer) in requests.Zip(world.UseAtOnce(requests, turns)))
                        {
                            if (answer.Successor is { } successor)
                            {
                                Assert.True(wasLive, "A family that had ended gave a token.");
                                Assert.True(
                                    successorOf.TryAdd(request.Token, successor) || successorOf[request.Token] == successor,
                                    "A token got two successors."
                                );
                                known = known.Contains(successor) ? known : [.. known, successor];
                            }
                        }

                        AssertConsistent(world, known, successorOf, used);
                    }
                },
                iter: FuzzInputs.Count(1_000, cost: 40)
            );

    private static void AssertConsistent(
        RotationWorld world,
        List<string> known,
        Dictionary<string, string> successorOf,
        HashSet<string> used
    )
    {
        Assert.InRange(known.Count(token => world.IsLive && world.StateOf(token) == RefreshTokenState.Current), 0, 1);
        if (world.IsLive)
        {
            // A working token is still held, even if the response with the newest one was lost.
            Assert.Contains(known, token => world.StateOf(token) is RefreshTokenState.Current or RefreshTokenState.Previous);
        }
        else
        {
            Assert.Contains(used, token => successorOf.TryGetValue(token, out var successor) && used.Contains(successor));
        }
    }

    /// <summary>The family as specified: a chain, the position of the current token, and whether it has ended.</summary>
    private sealed class Model(string first)
    {
        // A token whose response was lost is unknown until a retry returns it.
        private readonly List<string?> _chain = [first];
        private bool _ended;

        public void UseAndCompare(RotationWorld world, int age, RotationWorld.Fault? fault)
        {
            var held = _chain
                .Select((token, place) => (Token: token, Place: place))
                .Where(entry => entry.Token is not null)
                .Reverse()
                .ToList();
            var (token, place) = held[Math.Min(age, held.Count - 1)];
            var answer = world.Use(token!, fault);
            if (_ended)
            {
                Assert.Equal(new RotationWorld.Answer(null, Crashed: false), answer);
            }
            else if (place == _chain.Count - 1)
            {
                CompareRotation(answer, fault is { Write: 0 } ? fault : null);
            }
            else if (place == _chain.Count - 2)
            {
                Assert.NotNull(answer.Successor);
                Assert.Equal(_chain[^1] ?? answer.Successor, answer.Successor);
                _chain[^1] = answer.Successor;
            }
            else
            {
                Assert.Equal(new RotationWorld.Answer(null, Crashed: fault is not null), answer);
                _ended = fault is not { Write: 0, After: false };
            }

            Assert.Equal(!_ended, world.IsLive);
        }

        private void CompareRotation(RotationWorld.Answer answer, RotationWorld.Fault? fault)
        {
            Assert.Equal(fault is not null, answer.Crashed);
            if (fault is null || fault.After)
            {
                Assert.Equal(fault is null, answer.Successor is not null);
                Assert.DoesNotContain(answer.Successor, _chain.OfType<string>());
                _chain.Add(answer.Successor);
            }
        }
    }
}
