using System.Text.Json.Nodes;
using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Registration;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>
/// Completes the metadata (RFC 8414 §2): registration, metadata documents and public clients.
/// Both documents are this one.
/// </summary>
internal sealed class DescribeServer(Issuer issuer, ScopeCatalog scopes, RegistrationGate registration, IOptions<RegistrationOptions> options) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<HandleConfigurationRequestContext>()
        .UseSingletonHandler<DescribeServer>()
        .SetOrder(int.MaxValue - 100_000)
        .Build();

    public async ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        // A client without a secret proves itself by PKCE (OAuth 2.1 §2.1); OpenIddict accepts it but does not say so.
        context.TokenEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
        context.RevocationEndpointAuthenticationMethods.Add(ClientAuthenticationMethods.None);
        if (options.Value.ClientIdMetadataDocuments.Enabled)
        {
            context.Metadata["client_id_metadata_document_supported"] = true;
        }

        if (registration.IsOpen)
        {
            context.Metadata["registration_endpoint"] = issuer.Endpoint(EndpointPaths.Register);
        }

        context.Metadata["token_endpoint_auth_signing_alg_values_supported"] = new JsonArray("ES256", "ES384", "ES512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512");
        context.Scopes.UnionWith(await scopes.AllAsync(context.CancellationToken));
    }
}
