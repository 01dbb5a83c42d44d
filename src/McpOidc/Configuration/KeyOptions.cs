namespace McpOidc.Configuration;

/// <summary>The keys that sign tokens. Section <c>McpOidc:Keys</c>.</summary>
public sealed class KeyOptions
{
    /// <summary>The configuration section: <c>McpOidc:Keys</c>.</summary>
    public const string Section = "McpOidc:Keys";

    /// <summary>
    /// A JSON Web Key Set with private keys, as <c>McpOidc.AuthServer -- keys</c> prints it. The first key signs, all are published.
    /// Default: empty, and then a key is made once and kept, encrypted, in the store, shared by all instances.
    /// </summary>
    public string? Jwks { get; set; }

    /// <summary>The algorithm of a key that is made: ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384 or PS512. Default:
    /// ES256.</summary>
    public string Algorithm { get; set; } = "ES256";

    /// <summary>
    /// How long a key of the store signs before another takes its place. Zero: until an operator replaces it. Of no effect with
    /// <see cref="Jwks"/>. Default: 90 days.
    /// </summary>
    public TimeSpan RotationInterval { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How long a new key of the store is published before it signs, so that whoever verifies tokens has it by then. A key that was
    /// replaced stays published until the last token that it signed has expired. At least 15 minutes. Default: 1 day.
    /// </summary>
    public TimeSpan PublishBefore { get; set; } = TimeSpan.FromDays(1);
}
