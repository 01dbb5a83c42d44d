using System.CommandLine;
using McpOidc.Keys;

namespace McpOidc.AuthServer;

/// <summary><c>keys</c>: prints a JSON Web Key Set with private keys, for <c>McpOidc:Keys:Jwks</c>.</summary>
internal static class KeysCommand
{
    private const string Name = "keys";

    public static bool IsAskedFor(string[] args) => args is [Name, ..] or ["-h" or "--help" or "-?"];

    /// <returns>The exit code: 0, or 1 for wrong arguments.</returns>
    public static int Run(string[] args)
    {
        var pretty = new Option<bool>("--pretty", "-p") { Description = "Indent the JSON." };
        var algorithm = new Option<string>("--algorithm", "-a")
        {
            Description = "The signing algorithm of the key.",
            DefaultValueFactory = _ => KeyGenerator.Algorithms[0],
        };
        algorithm.AcceptOnlyFromAmong([.. KeyGenerator.Algorithms]);
        var keys = new Command(Name, "Print a new JSON Web Key Set with a private signing key, for McpOidc:Keys:Jwks. Keep it secret.") { pretty, algorithm };
        keys.SetAction(result => result.InvocationConfiguration.Output.WriteLine(
            JsonWebKeyText.PrivateSet([KeyGenerator.Create(result.GetValue(algorithm)!)], result.GetValue(pretty))));
        var root = new RootCommand("The McpOidc authorization server. Without a command it serves; settings come from appsettings.json and the environment.") { keys };
        return root.Parse(args).Invoke();
    }
}
