using System.Security.Cryptography;
using System.Text;
using McpOidc.Keys;
using McpOidc.Registration;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Token;

/// <summary>Chooses the key that signs an id_token, by the algorithm that its client registered (OpenID Connect Registration §2). Its
/// <c>at_hash</c> uses the same algorithm (OpenID Connect Core §3.1.3.6).</summary>
internal sealed class ChooseIdentityTokenKey(SigningKeyRing ring, SigningAlgorithms algorithms, IOpenIddictApplicationManager applications)
    : IOpenIddictServerHandler<ProcessSignInContext>
{
    private const string Property = "McpOidc.IdentityTokenKey";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ProcessSignInContext>()
            .AddFilter<OpenIddictServerHandlerFilters.RequireIdentityTokenGenerated>()
            .UseScopedHandler<ChooseIdentityTokenKey>()
            .SetOrder(OpenIddictServerHandlers.AttachTokenDigests.Descriptor.Order + 500)
            .Build();

    public static SigningCredentials? Of(OpenIddictServerTransaction transaction) => transaction.GetProperty<SigningCredentials>(Property);

    public async ValueTask HandleAsync(ProcessSignInContext context)
    {
        var client = context.ClientId is { Length: > 0 } clientId
            ? await applications.FindByClientIdAsync(clientId, context.CancellationToken) as ClientRecord
            : null;
        var key = await ring.FindForIdentityTokenAsync(
            algorithms.For(client?.Metadata.IdTokenSignedResponseAlg),
            context.CancellationToken
        );
        context.Transaction.SetProperty(Property, key);
        if (context.AccessToken is { Length: > 0 } accessToken)
        {
            context.IdentityTokenPrincipal!.SetClaim(Claims.AccessTokenHash, HashOf(accessToken, key.Algorithm));
        }
    }

    private static string HashOf(string accessToken, string algorithm)
    {
        var bytes = Encoding.ASCII.GetBytes(accessToken);
        var hash =
            algorithm.EndsWith("384", StringComparison.Ordinal) ? SHA384.HashData(bytes)
            : algorithm.EndsWith("512", StringComparison.Ordinal) ? SHA512.HashData(bytes)
            : SHA256.HashData(bytes);
        return Base64UrlEncoder.Encode(hash, 0, hash.Length / 2);
    }
}
