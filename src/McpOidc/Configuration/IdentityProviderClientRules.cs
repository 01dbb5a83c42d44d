using McpOidc.Federation;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>What the settings may say of how this server proves itself at an identity provider.</summary>
internal static class IdentityProviderClientRules
{
    public static IEnumerable<string> Check(string section, IdentityProviderOptions options)
    {
        string?[] proofs = [options.ClientSecret, options.ClientKey, options.ClientKeyFile, options.ClientAssertionFile];
        if (proofs.Count(proof => !string.IsNullOrEmpty(proof)) > 1)
        {
            yield return Describe(
                $"{section}:ClientSecret",
                "is one of several proofs of this server",
                "Keep one of ClientSecret, ClientKey, ClientKeyFile and ClientAssertionFile."
            );
        }

        if (options.HasClientKey && !CanSign(options))
        {
            // What was written is never repeated: it is secret.
            yield return string.IsNullOrEmpty(options.ClientKey)
                ? Describe(
                    $"{section}:ClientKeyFile",
                    $"is '{options.ClientKeyFile}', where no private key is that can sign",
                    "Use a file with PKCS #12 and its ClientKeyPassword, or a JWK or PEM that is not encrypted; RSA of 2048 bits or more, "
                        + "or EC."
                )
                : Describe(
                    $"{section}:ClientKey",
                    "is not a private key that can sign",
                    "Use a JWK or PEM with a private RSA key of 2048 bits or more, or an EC key; not encrypted."
                );
        }

        if (options.TeamId is { Length: > 0 } && (!options.HasClientKey || string.IsNullOrEmpty(options.ClientKeyId)))
        {
            yield return Describe(
                $"{section}:TeamId",
                "is there without a key that signs the client secret",
                "Set ClientKeyFile to the .p8 file and ClientKeyId to the Key ID, both from Apple's console; and no ClientSecret."
            );
        }

        if (!string.IsNullOrEmpty(options.ClientAssertionFile) && !File.Exists(options.ClientAssertionFile))
        {
            yield return Describe(
                $"{section}:ClientAssertionFile",
                $"is '{options.ClientAssertionFile}', where no file is",
                "Use the path at which the platform projects the token, and mount it into this container."
            );
        }
    }

    private static bool CanSign(IdentityProviderOptions options)
    {
        try
        {
            return ClientKey.Of(options).Algorithms.Count > 0;
        }
        catch (Exception exception) when (exception is FormatException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
