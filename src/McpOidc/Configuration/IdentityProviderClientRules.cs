using McpOidc.Federation;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>What the settings may say of how this server proves itself at an identity provider.</summary>
internal static class IdentityProviderClientRules
{
    public static IEnumerable<string> Check(string section, IdentityProviderOptions options)
    {
        string?[] proofs = [options.ClientSecret, options.ClientKey, options.ClientAssertionFile];
        if (proofs.Count(proof => !string.IsNullOrEmpty(proof)) > 1)
        {
            yield return Describe(
                $"{section}:ClientSecret",
                "is one of several proofs of this server",
                "Keep one of ClientSecret, ClientKey and ClientAssertionFile."
            );
        }

        if (!string.IsNullOrEmpty(options.ClientKey) && !CanSign(options))
        {
            // What was written is never repeated: it is secret.
            yield return Describe(
                $"{section}:ClientKey",
                "is not a private key that can sign",
                "Use a JWK or PEM with a private RSA key of 2048 bits or more, or an EC key; not encrypted."
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
            return ClientKey.Read(options.ClientKey!, options.ClientKeyId).Algorithms.Count > 0;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
