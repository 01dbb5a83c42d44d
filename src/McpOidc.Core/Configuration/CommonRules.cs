using System.Net;
using McpOidc.Keys;
using Microsoft.Extensions.Hosting;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>The rules shared by authorization servers and protected MCP servers.</summary>
internal static class CommonRules
{
    /// <summary>The maximum total length of all configured scopes: a client may request all of them in one request of at most 8
    /// kB.</summary>
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
                    $"is '{options.TrustedProxies[i]}', which is not a network in CIDR notation",
                    "Use an address range such as 10.0.0.0/8 or 192.0.2.7/32."
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
                "is set together with McpOidc:SecretCertificate:Path",
                "Keep only one. If the certificate replaces the secret, move the secret to McpOidc:PreviousSecrets:0."
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
                    $"has only {secret.Length} characters",
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
