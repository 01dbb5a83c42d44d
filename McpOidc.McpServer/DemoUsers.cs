using McpOidc.DevIdp;

namespace McpOidc.McpServer;

/// <summary>Registered when the demo identity provider runs along: who can sign in there.</summary>
internal sealed class DemoUsers
{
    public override string ToString() =>
        string.Join(", ", new DevIdpOptions().Users.Select(user => $"{user.UserName} (password {user.Password})"));
}
