using System.Net;
using McpOidc.Keys;
using Microsoft.Extensions.Hosting;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>The rules that hold for an authorization server and for a protected MCP server alike.</summary>
internal static class CommonRules
{
    /// <summary>Characters of all scopes that settings name: a client may ask for all at once, and its request has 8 kB.</summary>
    public const int MaximumScopesLength = 4096;

    public const int MinimumSecretLength = 32;

    public static IEnumerable<string> Check(McpOidcOptions options, IHostEnvironment environment)
    {
        foreach (var problem in CheckSecrets(options, environment))
        {
            yield return problem;
        }

        for (var i = 0; i < options.TrustedProxies.Count; i++)
        {
            if (!IPNetwork.TryParse(options.TrustedProxies[i], out _))
            {
                yield return Describe(
                    $"McpOidc:TrustedProxies:{i}",
                    $"is '{options.TrustedProxies[i]}', which is not a network",
                    "Use CIDR notation, for instance 10.0.0.0/8 or 192.0.2.7/32."
                );
            }
        }
    }

    private static IEnumerable<string> CheckSecrets(McpOidcOptions options, IHostEnvironment environment)
    {
        var byCertificate = !string.IsNullOrEmpty(options.SecretCertificate.Path);
        if (string.IsNullOrEmpty(options.Secret) && !byCertificate && !environment.IsDevelopment())
        {
            yield return KeyWraps.MissingSecret.ToString();
        }

        if (byCertificate && !string.IsNullOrEmpty(options.Secret))
        {
            yield return Describe(
                "McpOidc:Secret",
                "is set beside McpOidc:SecretCertificate:Path",
                "Keep one; move a secret that is given up for a certificate to McpOidc:PreviousSecrets:0."
            );
        }

        var secrets = options
            .PreviousSecrets.Select((secret, i) => ($"McpOidc:PreviousSecrets:{i}", secret))
            .Prepend(("McpOidc:Secret", options.Secret ?? ""));
        foreach (var (setting, secret) in secrets.Where(secret => secret.Item1 != "McpOidc:Secret" || secret.Item2.Length > 0))
        {
            if (secret.Length < MinimumSecretLength)
            {
                yield return Describe(
                    setting,
                    $"has {secret.Length} characters",
                    $"Use at least {MinimumSecretLength} random characters (openssl rand -base64 48)."
                );
            }
        }

        (string Setting, SecretCertificateOptions Options)[] certificates =
        [
            ("McpOidc:SecretCertificate:Path", options.SecretCertificate),
            ("McpOidc:PreviousSecretCertificate:Path", options.PreviousSecretCertificate),
        ];
        foreach (var (setting, certificate) in certificates.Where(certificate => !string.IsNullOrEmpty(certificate.Options.Path)))
        {
            if (ProblemOf(setting, certificate) is { } problem)
            {
                yield return problem;
            }
        }
    }

    private static string? ProblemOf(string setting, SecretCertificateOptions certificate)
    {
        try
        {
            CertificateKeyWrap.Read(setting, certificate);
            return null;
        }
        catch (SettingException exception)
        {
            return exception.Message;
        }
    }
}
