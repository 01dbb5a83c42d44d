namespace McpOidc.AppHost.Tests;

/// <summary>
/// How an AppHost must handle <c>--Redis</c> and <c>--IdentityProvider</c> on machines that lack some of the requirements.
/// </summary>
internal static class ChoiceCheck
{
    private const string NoEngine = "--ASPIRE_CONTAINER_RUNTIME=no-such-engine";

    /// <summary>The choices that are unavailable without a container engine, with the line that says so.</summary>
    public static IReadOnlyDictionary<string, string> Refusals { get; } =
        new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["--Redis=container"] =
                "--Redis=container does not work here: no container engine responds (no-such-engine). Use --Redis=executable instead.",
            ["--IdentityProvider=Keycloak"] =
                "--IdentityProvider=keycloak does not work here: no container engine responds (no-such-engine). "
                + "Use --IdentityProvider=demo instead.",
            ["--Redis=sentinel"] = "--Redis=sentinel is not a valid choice. Use container, executable, none.",
            ["--Redis=0"] = "--Redis=0 is not a valid choice. Use container, executable, none.",
            ["--IdentityProvider=okta"] = "--IdentityProvider=okta is not a valid choice. Use keycloak, demo.",
        };

    /// <summary>What is available, and what the AppHost then selects: parts of the model, and the line that says so.</summary>
    public static IReadOnlyList<(bool Engine, string? Program, string[] Parts, string? Line)> NextBest { get; } =
    [
        (true, null, ["redis: container", "keycloak: container"], null),
        (
            false,
            "redis-server",
            ["redis: executable", "idp: project"],
            "Running with --Redis=executable --IdentityProvider=demo: no container engine responds (no-such-engine)."
        ),
        (
            false,
            "another-program",
            ["McpOidc__Sqlite__Path", "idp: project"],
            "Running with --Redis=none --IdentityProvider=demo: no container engine responds (no-such-engine)."
        ),
    ];

    public static async Task RunAsync(AppHostProgram program)
    {
        foreach (var choice in Refusals.Keys)
        {
            await RefusesAsync(program, choice);
        }

        for (var i = 0; i < NextBest.Count; i++)
        {
            await TakesNextBestAsync(program, i);
        }

        await MissesExecutableAsync(program);
        await MissesContainersAsync(program);
        await MissesImageAsync(program);
    }

    public static async Task RefusesAsync(AppHostProgram program, string choice)
    {
        using var path = new ProgramOnPath("redis-server");
        await EndsWithAsync(program, Refusals[choice], choice, NoEngine);
    }

    public static async Task MissesExecutableAsync(AppHostProgram program)
    {
        using var engine = new EngineStandIn();
        using var path = new ProgramOnPath(null);
        await EndsWithAsync(
            program,
            "--Redis=executable does not work here: redis-server is not in PATH. Use --Redis=container instead.",
            "--Redis=executable",
            engine.Argument
        );
    }

    public static async Task MissesContainersAsync(AppHostProgram program)
    {
        using var engine = new EngineStandIn(run: EngineStandIn.CannotInvoke);
        using var path = new ProgramOnPath(null);
        await EndsWithAsync(
            program,
            $"--Redis=container does not work here: {engine.Path} responds but cannot start a container. Use --Redis=none instead.",
            "--Redis=container",
            engine.Argument
        );
    }

    public static async Task MissesImageAsync(AppHostProgram program)
    {
        const string Image = "quay.io/keycloak/keycloak:26.6";
        using var engine = new EngineStandIn(image: 1);
        await EndsWithAsync(
            program,
            $"--IdentityProvider=keycloak does not work here: {engine.Path} has no image {Image} and cannot pull it. "
                + $"Use --IdentityProvider=demo instead.",
            "--IdentityProvider=keycloak",
            engine.Argument
        );
    }

    public static async Task TakesNextBestAsync(AppHostProgram program, int index)
    {
        var (hasEngine, found, parts, line) = NextBest[index];
        using var engine = new EngineStandIn();
        using var path = new ProgramOnPath(found);
        var (model, output) = await CapturedConsole.OfAsync(() => program.DescribeAsync(hasEngine ? engine.Argument : NoEngine));
        Assert.All(parts, part => Assert.Contains(part, model, StringComparison.Ordinal));
        Assert.Equal(line is null ? "" : line + Environment.NewLine, output.Output);
    }

    private static async Task EndsWithAsync(AppHostProgram program, string line, params string[] arguments)
    {
        var (exitCode, _, errors) = await program.RunAsync(arguments);
        Assert.Equal(1, exitCode);
        Assert.Equal(line + Environment.NewLine, errors);
    }
}
