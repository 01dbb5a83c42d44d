using Microsoft.Extensions.Configuration;

namespace McpOidc.AppHost;

/// <summary>Where Redis runs.</summary>
internal enum RedisKind
{
    /// <summary>In a container.</summary>
    Container,

    /// <summary>As this machine's <c>redis-server</c>.</summary>
    Executable,

    /// <summary>Not at all: both servers share a SQLite file.</summary>
    None,
}

/// <summary>Where users sign in.</summary>
internal enum IdentityProviderKind
{
    /// <summary>At Keycloak, in a container.</summary>
    Keycloak,

    /// <summary>At the demo identity provider of this repository.</summary>
    Demo,
}

/// <summary>The parts of the system: <c>--Redis</c> and <c>--IdentityProvider</c>, or the best available on this machine.</summary>
/// <param name="Redis">Where Redis runs.</param>
/// <param name="IdentityProvider">Where users sign in.</param>
internal sealed record Topology(RedisKind Redis, IdentityProviderKind IdentityProvider)
{
    /// <summary>What is published, independent of this machine. The identity provider is the operator's own.</summary>
    public static Topology Published { get; } = new(RedisKind.Container, IdentityProviderKind.Keycloak);

    /// <summary>Selects the parts. A default that is unavailable is replaced by the next best, and one line says so.</summary>
    /// <returns>The topology, or a sentence that says which choice is unavailable.</returns>
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
            Console.WriteLine($"Running with --Redis={Word(redis.Kind)} --IdentityProvider={Word(idp.Kind)}: {reason}.");
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
                Problem = $"--{option}={word} is not a valid choice. Use {string.Join(", ", Enum.GetValues<T>().Select(Word))}.",
            };
        }

        var chosen = Enum.Parse<T>(word, ignoreCase: true);
        return new(chosen)
        {
            Problem = await whyNot(chosen) is { } missing
                ? $"--{option}={Word(chosen)} does not work here: {missing}. Use --{option}={Word((await BestAsync(whyNot)).Kind)} instead."
                : null,
        };
    }

    // Includes why it is not the first choice.
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

        // The last one has no requirements.
        return (kinds[^1], first);
    }

    private static string Word<T>(T kind)
        where T : struct, Enum => kind.ToString().ToLowerInvariant();

    /// <param name="Kind">The selected kind.</param>
    private sealed record Decision<T>(T Kind)
    {
        /// <summary>Why it is not the first choice.</summary>
        public string? Replaced { get; init; }

        /// <summary>Why it is unavailable.</summary>
        public string? Problem { get; init; }
    }
}
