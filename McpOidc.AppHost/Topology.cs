using Microsoft.Extensions.Configuration;

namespace McpOidc.AppHost;

/// <summary>Where Redis runs.</summary>
internal enum RedisKind
{
    /// <summary>In a container.</summary>
    Container,

    /// <summary>As the <c>redis-server</c> of this machine.</summary>
    Executable,

    /// <summary>Nowhere: both servers share a SQLite file.</summary>
    None,
}

/// <summary>Where people sign in.</summary>
internal enum IdentityProviderKind
{
    /// <summary>At Keycloak, in a container.</summary>
    Keycloak,

    /// <summary>At the demo identity provider of this repository.</summary>
    Demo,
}

/// <summary>What the system consists of: <c>--Redis</c> and <c>--IdentityProvider</c>, or the best that this machine has.</summary>
/// <param name="Redis">Where Redis runs.</param>
/// <param name="IdentityProvider">Where people sign in.</param>
internal sealed record Topology(RedisKind Redis, IdentityProviderKind IdentityProvider)
{
    /// <summary>What is published; this machine does not matter. The identity provider is the operator's own.</summary>
    public static Topology Published { get; } = new(RedisKind.Container, IdentityProviderKind.Keycloak);

    /// <summary>Takes what was chosen. What was not chosen and is not there is replaced by the next best, and one line says so.</summary>
    /// <returns>The topology, or the sentence that says which choice cannot be had.</returns>
    public static async Task<(Topology? Topology, string? Problem)> DecideAsync(IConfiguration configuration)
    {
        var machine = new Machine(configuration);
        var redis = await DecideAsync<RedisKind>(configuration, "Redis", machine.WhyNotAsync);
        var idp = await DecideAsync<IdentityProviderKind>(configuration, "IdentityProvider", machine.WhyNotAsync);
        if ((redis.Problem ?? idp.Problem) is { } problem)
        {
            return (null, problem);
        }

        if ((redis.Replaced ?? idp.Replaced) is { } reason)
        {
            Console.WriteLine($"Runs with --Redis={Word(redis.Kind)} --IdentityProvider={Word(idp.Kind)}: {reason}.");
        }

        return (new(redis.Kind, idp.Kind), null);
    }

    private static async Task<Decision<T>> DecideAsync<T>(IConfiguration configuration, string option, Func<T, Task<string?>> whyNot)
        where T : struct, Enum
    {
        var word = configuration[option];
        if (string.IsNullOrEmpty(word))
        {
            var (best, replaced) = await BestAsync(whyNot);
            return new(best) { Replaced = replaced };
        }

        if (!Enum.GetNames<T>().Contains(word, StringComparer.OrdinalIgnoreCase))
        {
            return new(default)
            {
                Problem = $"--{option}={word} is no choice: it can be {string.Join(", ", Enum.GetValues<T>().Select(Word))}.",
            };
        }

        var chosen = Enum.Parse<T>(word, ignoreCase: true);
        return new(chosen)
        {
            Problem = await whyNot(chosen) is { } missing
                ? $"--{option}={Word(chosen)} does not work here: {missing}. --{option}={Word((await BestAsync(whyNot)).Kind)} does."
                : null,
        };
    }

    // With it comes why it is not the first.
    private static async Task<(T Kind, string? Reason)> BestAsync<T>(Func<T, Task<string?>> whyNot)
        where T : struct, Enum
    {
        var kinds = Enum.GetValues<T>();
        string? first = null;
        foreach (var kind in kinds[..^1])
        {
            if (await whyNot(kind) is not { } reason)
            {
                return (kind, first);
            }

            first ??= reason;
        }

        // The last needs nothing.
        return (kinds[^1], first);
    }

    private static string Word<T>(T kind)
        where T : struct, Enum => kind.ToString().ToLowerInvariant();

    /// <param name="Kind">What is taken.</param>
    private sealed record Decision<T>(T Kind)
    {
        /// <summary>Why it is not the first choice.</summary>
        public string? Replaced { get; init; }

        /// <summary>Why it cannot be had.</summary>
        public string? Problem { get; init; }
    }
}
