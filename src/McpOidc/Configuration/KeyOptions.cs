namespace McpOidc.Configuration;

/// <summary>The signing keys. Section <c>McpOidc:Keys</c>.</summary>
public sealed class KeyOptions
{
    /// <summary>The configuration section: <c>McpOidc:Keys</c>.</summary>
    public const string Section = "McpOidc:Keys";

    /// <summary>
    /// A JSON Web Key Set with private keys, as printed by <c>McpOidc.AuthServer -- keys</c>. The first key signs; all are published.
    /// Default: empty, which generates a key, stored encrypted and shared by all instances.
    /// </summary>
    public string? Jwks { get; set; }

    /// <summary>The algorithm of generated keys: ES256, ES384, ES512, RS256, RS384, RS512, PS256, PS384 or PS512. Default:
    /// ES256.</summary>
    public string Algorithm { get; set; } = "ES256";

    /// <summary>
    /// How long a generated key signs before it is replaced. Zero disables automatic rotation. Has no effect with <see cref="Jwks"/>.
    /// Default: 90 days.
    /// </summary>
    public TimeSpan RotationInterval { get; set; } = TimeSpan.FromDays(90);

    /// <summary>
    /// How long a new generated key is published before it signs, so that verifiers have it in time. A replaced key remains published
    /// until the last token signed with it has expired. At least 15 minutes. Default: 1 day.
    /// </summary>
    public TimeSpan PublishBefore { get; set; } = TimeSpan.FromDays(1);
}
