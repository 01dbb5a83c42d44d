using McpOidc.Federation;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Checks how this server authenticates to an identity provider.</summary>
internal static class IdentityProviderClientRules
{
    public static IEnumerable<string> Check(string section, IdentityProviderOptions options)
    {
        string?[] proofs = [options.ClientSecret, options.ClientKey, options.ClientKeyFile, options.ClientAssertionFile];
        if (proofs.Count(proof => !string.IsNullOrEmpty(proof)) > 1)
        {
            yield return Describe(
                $"{section}:ClientSecret",
                "is one of several configured client credentials",
                "Keep one of ClientSecret, ClientKey, ClientKeyFile and ClientAssertionFile."
            );
        }

        (string Name, string? Value)[] texts =
        [
            (nameof(options.ClientId), options.ClientId),
            (nameof(options.ClientSecret), options.ClientSecret),
        ];
        foreach (var (name, value) in texts.Where(text => text.Value != text.Value?.Trim()))
        {
            yield return Describe(
                $"{section}:{name}",
                "begins or ends with white space",
                "Remove it: a secret made with echo ends with a line break, and so does each line of a file from Windows."
            );
        }

        if (options.HasClientKey && !CanSign(options))
        {
            // The value is never repeated: it is secret.
            yield return string.IsNullOrEmpty(options.ClientKey)
                ? Describe(
                    $"{section}:ClientKeyFile",
                    $"is '{options.ClientKeyFile}', which contains no private key that can sign",
                    "Use a PKCS #12 file with ClientKeyPassword, or an unencrypted JWK or PEM, with an RSA key of at least 2048 bits "
                        + "or an EC key."
                )
                : Describe(
                    $"{section}:ClientKey",
                    "is not a valid private key for signing",
                    "Use an unencrypted JWK or PEM with an RSA private key of at least 2048 bits, or an EC private key."
                );
        }

        if (options.TeamId is { Length: > 0 } && (!options.HasClientKey || string.IsNullOrEmpty(options.ClientKeyId)))
        {
            yield return Describe(
                $"{section}:TeamId",
                "is set without a key to sign the client secret",
                "Set ClientKeyFile to the .p8 file and ClientKeyId to the Key ID, both from Apple's console, and remove ClientSecret."
            );
        }

        if (!string.IsNullOrEmpty(options.ClientAssertionFile) && !File.Exists(options.ClientAssertionFile))
        {
            yield return Describe(
                $"{section}:ClientAssertionFile",
                $"is '{options.ClientAssertionFile}', but that file does not exist",
                "Use the path of the platform's projected token, and mount it into this container."
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
