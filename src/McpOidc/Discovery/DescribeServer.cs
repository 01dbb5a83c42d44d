using System.Text.Json.Nodes;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Keys;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Registration.MetadataDocuments;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>
/// Completes the metadata (RFC 8414 §2): registration, metadata documents and public clients. Both well-known documents have this content.
/// </summary>
internal sealed class DescribeServer(
    Issuer issuer,
    ScopeCatalog scopes,
    RegistrationGate registration,
    TextCatalog texts,
    SigningAlgorithms algorithms,
    DocumentReach documents
) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    private static readonly string[] s_authenticatedEndpoints =
    [
        "token_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "pushed_authorization_request_endpoint",
    ];

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<HandleConfigurationRequestContext>()
            .UseSingletonHandler<DescribeServer>()
            .SetOrder(int.MaxValue - 100_000)
            .Build();

    public async ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        // A client without a secret is protected by PKCE (OAuth 2.1 §2.1); OpenIddict accepts it but does not list it.
        context.TokenEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
        context.PushedAuthorizationEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
        context.RevocationEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
        if (context.Options.GrantTypes.Contains(StaticClients.DeviceCode))
        {
            context.DeviceAuthorizationEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
            context.Metadata["device_authorization_endpoint_auth_signing_alg_values_supported"] = Algorithms();
        }

        if (documents.IsAdvertised)
        {
            context.Metadata["client_id_metadata_document_supported"] = true;
        }

        if (registration.IsOpen)
        {
            context.Metadata["registration_endpoint"] = issuer.Endpoint(EndpointPaths.Register);
        }

        // RFC 8414 §2: required where private_key_jwt is among the methods of an endpoint.
        foreach (var endpoint in s_authenticatedEndpoints)
        {
            context.Metadata[endpoint + "_auth_signing_alg_values_supported"] = Algorithms();
        }

        context.Metadata["ui_locales_supported"] = new JsonArray([.. texts.Languages.Select(language => (JsonNode)language)]);
        // OpenIddict lists those of existing keys, but the first one for id_tokens may still be being created.
        context.IdTokenSigningAlgorithms.Clear();
        context.IdTokenSigningAlgorithms.UnionWith(algorithms.OfIdentityTokens);

        context.Metadata["dpop_signing_alg_values_supported"] = Algorithms();
        if (context.Options.GrantTypes.Contains(StaticClients.JwtBearer))
        {
            // MCP extension enterprise-managed-authorization.
            context.Metadata["authorization_grant_profiles_supported"] = new JsonArray("urn:ietf:params:oauth:grant-profile:id-jag");
        }

        // At most as many as a client can request at once: many request all of them.
        context.Scopes.UnionWith(ScopeText.Cut(await scopes.AllAsync(context.CancellationToken), CommonRules.MaximumScopesLength));
    }

    private static JsonArray Algorithms() => [.. AsymmetricAlgorithms.All.Select(algorithm => (JsonNode)algorithm)];
}
