using McpOidc.DevIdp;

namespace McpOidc.McpServer;

/// <summary>Registered while the demo identity provider is running: its users.</summary>
internal sealed class DemoUsers
{
    public override string ToString() =>
        string.Join(", ", new DevIdpOptions().Users.Select(user => $"{user.UserName} (password {user.Password})"));
}
