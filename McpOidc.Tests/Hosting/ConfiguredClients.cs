using System.Security.Cryptography;
using System.Text;

namespace McpOidc.Tests.Hosting;

/// <summary>Clients that the operator registered in the settings.</summary>
public static class ConfiguredClients
{
    /// <summary>Contains characters that must be form-encoded in a header (RFC 6749 §2.3.1).</summary>
    public const string Secret = "a:secret%of+32/characters&more=than that";

    /// <summary>Adds a client.</summary>
    public static void AddClient(
        this TestSystemOptions options,
        int number,
        string id,
        ClientKey? key = null,
        params (string Setting, string Value)[] settings
    )
    {
        options.Set($"McpOidc:Clients:{number}:Id", id);
        options.Set(
            $"McpOidc:Clients:{number}:{(key is null ? "SecretHash" : "Jwks")}",
            key?.Jwks.ToJsonString() ?? Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Secret)))
        );
        foreach (var (setting, value) in settings)
        {
            options.Set($"McpOidc:Clients:{number}:{setting}", value);
        }
    }

    /// <summary>Creates the client for a system.</summary>
    public static OAuthClient CreateClient(this TestSystem system, string id, ClientKey? key = null)
    {
        var client = system.CreateClient();
        client.ClientId = id;
        client.ClientSecret = key is null ? Secret : null;
        client.Key = key;
        return client;
    }
}
