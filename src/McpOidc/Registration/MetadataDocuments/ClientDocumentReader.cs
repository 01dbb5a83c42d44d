using System.Text.Json;

namespace McpOidc.Registration.MetadataDocuments;

/// <summary>Reads a document and applies the rules of draft §4.1, before any key is fetched for it.</summary>
internal sealed class ClientDocumentReader(ClientMetadataValidator validator)
{
    // The last one is useful if the operator trusts an issuer of assertions for clients of that domain (AssertionRight).
    private static readonly string[] s_grantTypes = [StaticClients.AuthorizationCode, StaticClients.RefreshToken, StaticClients.JwtBearer];
    private static readonly string[] s_methods = ["none", "private_key_jwt"];
    private static readonly string[] s_secretMethods = ["client_secret_basic", "client_secret_post", "client_secret_jwt"];

    /// <exception cref="ClientDocumentException">It is not a metadata document, or not that of the client.</exception>
    public static ClientMetadata Read(string clientId, ReadOnlySpan<byte> body)
    {
        var (sent, error) = RegistrationRequest.Parse(body);
        if (sent is null)
        {
            throw Refused(error!.Description);
        }

        CheckOwnMembers(clientId, body);
        if (string.IsNullOrWhiteSpace(sent.ClientName))
        {
            throw Refused("client_name is required");
        }

        sent = AuthenticationChoice.Choose(sent, s_methods);
        if (s_secretMethods.Contains(sent.TokenEndpointAuthMethod))
        {
            throw Refused(
                "token_endpoint_auth_method requires a shared secret, which a public document cannot have; use none or private_key_jwt"
            );
        }

        if (sent is { Jwks: not null, JwksUri: not null })
        {
            throw Refused("jwks and jwks_uri must not both be present (RFC 7591 section 2)");
        }

        CheckPurpose(sent);
        return sent with
        {
            TokenEndpointAuthMethod = sent.TokenEndpointAuthMethod ?? "none",
            // The same document serves every server: unsupported values are dropped here, while a registration would be rejected.
            GrantTypes = sent.GrantTypes is { Length: > 0 } grantTypes
                ? [.. grantTypes.Intersect(s_grantTypes, StringComparer.Ordinal)]
                : null,
            ResponseTypes = ["code"],
            // Real documents list loopback URIs without a type, or with "web"; whether the port is free depends on the URI alone.
            ApplicationType = null,
        };
    }

    /// <summary>Validates and completes the metadata, once the keys behind <c>jwks_uri</c> are known.</summary>
    /// <exception cref="ClientDocumentException">A member is not acceptable.</exception>
    public ClientMetadata Complete(ClientMetadata read, JsonElement? keys)
    {
        var (metadata, error) = validator.Validate(read with { Jwks = keys ?? read.Jwks, JwksUri = null });
        return metadata is null
            ? throw Refused(error!.Description)
            : metadata with
            {
                JwksUri = read.JwksUri,
                GrantTypes = read.GrantTypes ?? metadata.GrantTypes,
            };
    }

    private static void CheckOwnMembers(string clientId, ReadOnlySpan<byte> body)
    {
        ClientDocumentMembers? members;
        try
        {
            members = JsonSerializer.Deserialize(body, RegistrationJson.Default.ClientDocumentMembers);
        }
        catch (JsonException)
        {
            throw Refused("client_id is not a string, or a member is duplicated");
        }

        if (members?.ClientId != clientId)
        {
            throw Refused("client_id is missing, or is not exactly the URL of the document");
        }

        if (members.ClientSecret is not null || members.ClientSecretExpiresAt is not null)
        {
            throw Refused("client_secret and client_secret_expires_at are not allowed in a public document");
        }
    }

    private static void CheckPurpose(ClientMetadata sent)
    {
        if (sent.GrantTypes is { Length: > 0 } grantTypes && !grantTypes.Contains("authorization_code"))
        {
            throw Refused("grant_types must contain authorization_code");
        }

        if (sent.ResponseTypes is { Length: > 0 } responseTypes && !responseTypes.Contains("code"))
        {
            throw Refused("response_types must contain code");
        }
    }

    private static ClientDocumentException Refused(string problem) =>
        ClientDocumentException.Refused($"The document is invalid: {problem}.");
}
