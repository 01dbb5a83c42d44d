using System.CommandLine;
using McpOidc.Keys;

namespace McpOidc.AuthServer;

/// <summary><c>keys</c>: prints a new key set for <c>McpOidc:Keys:Jwks</c>. <c>keys list</c>, <c>rotate</c> and <c>drop</c>: manage the
/// keys in the store.</summary>
internal static class KeysCommand
{
    public const string Name = "keys";

    public static Command Create()
    {
        var pretty = new Option<bool>("--pretty", "-p") { Description = "Indent the JSON." };
        var algorithm = new Option<string>("--algorithm", "-a")
        {
            Description = "The signing algorithm of the key.",
            DefaultValueFactory = _ => KeyGenerator.Algorithms[0],
        };
        algorithm.AcceptOnlyFromAmong([.. KeyGenerator.Algorithms]);
        var keys = new Command(Name, "Print a new JSON Web Key Set with a private signing key, for McpOidc:Keys:Jwks. Keep it secret.")
        {
            pretty,
            algorithm,
            List(),
            Rotate(),
            Drop(),
        };
        keys.SetAction(result =>
            result.InvocationConfiguration.Output.WriteLine(
                JsonWebKeyText.PrivateSet([KeyGenerator.Create(result.GetValue(algorithm)!)], result.GetValue(pretty))
            )
        );
        return keys;
    }

    private static Command List()
    {
        var command = new Command("list", "List the signing keys in the store, the active one first.");
        command.SetAction(
            (result, cancellationToken) => UseAsync(result, isChange: false, async keys => await keys.ListAsync(cancellationToken))
        );
        return command;
    }

    private static Command Rotate()
    {
        var command = new Command("rotate", "Publish the next signing key now; it becomes active after McpOidc:Keys:PublishBefore.");
        command.SetAction(
            (result, cancellationToken) => UseAsync(result, isChange: true, async keys => await keys.RotateAsync(cancellationToken))
        );
        return command;
    }

    private static Command Drop()
    {
        var id = new Argument<string>("kid") { Description = "The key id, as shown by 'keys list'." };
        var command = new Command(
            "drop",
            "Remove a compromised signing key immediately. Its tokens are rejected; clients refresh, and users need not sign in again."
        )
        {
            id,
        };
        command.SetAction(
            (result, cancellationToken) => UseAsync(result, isChange: true, keys => keys.DropAsync(result.GetValue(id)!, cancellationToken))
        );
        return command;
    }

    private static async Task<int> UseAsync(
        ParseResult result,
        bool isChange,
        Func<SigningKeyAdministration, Task<IReadOnlyList<SigningKeyInfo>?>> work
    )
    {
        Task<IReadOnlyList<SigningKeyInfo>?> DoAsync(IServiceProvider services) =>
            work(services.GetRequiredService<SigningKeyAdministration>());
        if (await (isChange ? OperatorHost.ChangeAsync(DoAsync) : OperatorHost.UseAsync(DoAsync)) is not { } keys)
        {
            await result.InvocationConfiguration.Error.WriteLineAsync(
                "There is no such key in the store. Run 'keys list' to see all keys."
            );
            return 1;
        }

        foreach (var key in keys)
        {
            await result.InvocationConfiguration.Output.WriteLineAsync(
                $"{key.KeyId}  {key.Algorithm}  {(key.IsActive ? "active since" : "active from")} {key.SignsFrom:u}"
                    + (key.IsForIdentityTokens ? ", id_tokens only" : "")
            );
        }

        return 0;
    }
}
