using McpOidc.Authorization;
using McpOidc.Keys;
using McpOidc.Registration;
using McpOidc.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using static McpOidc.Configuration.SettingProblem;

namespace McpOidc.Configuration;

/// <summary>Rejects pre-registered clients that could not work, or would have unintended rights.</summary>
internal sealed class ClientOptionsValidator(IServiceProvider services) : IValidateOptions<McpOidcOptions>
{
    private static readonly string[] s_signIn = [StaticClients.AuthorizationCode, StaticClients.RefreshToken, StaticClients.DeviceCode];
    private static readonly string[] s_grantTypes =
    [
        .. s_signIn,
        StaticClients.ClientCredentials,
        StaticClients.JwtBearer,
        StaticClients.TokenExchange,
    ];

    public ValidateOptionsResult Validate(string? name, McpOidcOptions options)
    {
        var problems = options
            .Clients.SelectMany(
                (client, index) =>
                    Check(client, options)
                        .Select(problem => Describe($"McpOidc:Clients:{index}:{problem.Setting}", problem.Problem, problem.Remedy))
            )
            .Concat(Twins(options))
            .ToList();
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static IEnumerable<string> Twins(McpOidcOptions options) =>
        options
            .Clients.GroupBy(client => client.Id, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => Describe("McpOidc:Clients", $"has the id '{group.Key}' twice", "Give each client its own id."));

    private IEnumerable<(string Setting, string Problem, string Remedy)> Check(ClientOptions client, McpOidcOptions options) =>
        Identity(client).Concat(Credentials(client)).Concat(Grants(client)).Concat(Tokens(client)).Concat(Reach(client, options));

    private static IEnumerable<(string, string, string)> Identity(ClientOptions client)
    {
        if (string.IsNullOrEmpty(client.Id))
        {
            yield return (nameof(client.Id), "is missing", "Set it to a short name.");
        }
        else if (client.Id.Any(letter => letter is <= ' ' or > '~') || StoreKeys.IsUrl(client.Id))
        {
            // A client_id that is a URL refers to a metadata document.
            yield return (nameof(client.Id), $"is '{client.Id}'", "Use visible ASCII characters that do not form a URL.");
        }
    }

    private static IEnumerable<(string, string, string)> Credentials(ClientOptions client)
    {
        if (client is { SecretHash: not null, Jwks: not null })
        {
            yield return (
                nameof(client.SecretHash),
                "is set together with Jwks",
                "A client has one authentication method: remove one of them."
            );
        }

        if (client.SecretHash is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)))
        {
            yield return (
                nameof(client.SecretHash),
                "is not a SHA-256 in hexadecimal",
                "Hash the secret, for instance with printf %s \"$SECRET\" | sha256sum."
            );
        }

        if (
            client.Jwks is { } jwks
            && (
                PublicKeySet.Read(jwks) is not { Count: > 0 and <= PublicKeySet.MaximumKeys } keys
                || keys.Any(key => key.HasPrivatePart())
                || !keys.Any(AsymmetricAlgorithms.MayVerify)
            )
        )
        {
            yield return (
                nameof(client.Jwks),
                $"is not a set of one to {PublicKeySet.MaximumKeys} public keys including an RSA or elliptic curve key",
                "Use the JSON Web Key Set with the client's public keys; RSA keys may have at most 4096 bits."
            );
        }

        if (client is { SecretHash: null, Jwks: null } && (client.ResourceServer is not null || client.GrantTypes.Except(s_signIn).Any()))
        {
            yield return (
                nameof(client.SecretHash),
                "is missing, and so is Jwks",
                "Only clients that authenticate can use anything beyond user sign-in."
            );
        }
    }

    private IEnumerable<(string, string, string)> Grants(ClientOptions client)
    {
        if (client.GrantTypes.Except(s_grantTypes, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            yield return (nameof(client.GrantTypes), $"contains '{unknown}'", $"Use {string.Join(", ", s_grantTypes)}.");
        }

        if (client.GrantTypes.Contains(StaticClients.AuthorizationCode) && client.RedirectUris.Count == 0)
        {
            yield return (nameof(client.RedirectUris), "is empty", "Add one, which authorization_code requires.");
        }

        if (client.GrantTypes.Contains(StaticClients.JwtBearer) && !TrustsAnyIssuer())
        {
            yield return (
                nameof(client.GrantTypes),
                $"contains {StaticClients.JwtBearer}, but no issuer of assertions is configured",
                "Configure it in McpOidc:IdentityAssertion:Issuers."
            );
        }

        if (
            client.GrantTypes.Contains(StaticClients.DeviceCode)
            && !services.GetRequiredService<IOptions<DeviceAuthorizationOptions>>().Value.Enabled
        )
        {
            yield return (
                nameof(client.GrantTypes),
                $"contains {StaticClients.DeviceCode}, which is off",
                "Set McpOidc:DeviceAuthorization:Enabled to true."
            );
        }

        if (client.GrantTypes.Contains(StaticClients.TokenExchange) && client.ResourceServer is null)
        {
            yield return (nameof(client.ResourceServer), "is missing", "Set it to the resource whose tokens the client exchanges.");
        }

        foreach (var problem in Addresses(nameof(client.RedirectUris), client.RedirectUris))
        {
            yield return problem;
        }

        foreach (var problem in Addresses(nameof(client.PostLogoutRedirectUris), client.PostLogoutRedirectUris))
        {
            yield return problem;
        }
    }

    private static IEnumerable<(string, string, string)> Addresses(string setting, IEnumerable<string> uris)
    {
        foreach (var uri in uris)
        {
            if (RedirectUri.Read(uri, out var problem) is null)
            {
                yield return (setting, $"contains '{uri}', which {problem}", "Use https, http on loopback, or a private scheme.");
            }
        }
    }

    private IEnumerable<(string, string, string)> Tokens(ClientOptions client)
    {
        if (
            client.IdTokenSignedResponseAlg is { } algorithm
            && services.GetRequiredService<SigningAlgorithms>().OfIdentityTokens is var known
            && !known.Contains(algorithm)
        )
        {
            yield return (nameof(client.IdTokenSignedResponseAlg), $"is '{algorithm}'", $"Use one of {string.Join(", ", known)}.");
        }
    }

    private static IEnumerable<(string, string, string)> Reach(ClientOptions client, McpOidcOptions options)
    {
        foreach (
            var resource in client
                .Resources.Append(client.ResourceServer)
                .OfType<string>()
                .Where(resource => !options.Resources.Any(known => CanonicalResource.AreSame(known.Uri, resource)))
        )
        {
            yield return (
                client.ResourceServer == resource ? nameof(client.ResourceServer) : nameof(client.Resources),
                $"names '{resource}'",
                "Use a resource in McpOidc:Resources."
            );
        }

        // Other scopes may be published by an MCP server that is not running yet.
        if (client.Scopes.Intersect(IdentityScopes.All).FirstOrDefault() is { } wrong)
        {
            yield return (nameof(client.Scopes), $"contains '{wrong}', which is about a user", "Use scopes of the resource.");
        }

        if (client.DefaultScopes.Except(client.Scopes, StringComparer.Ordinal).FirstOrDefault() is { } beyond)
        {
            yield return (
                nameof(client.DefaultScopes),
                $"contains '{beyond}', which is not in {nameof(client.Scopes)}",
                $"Add it to {nameof(client.Scopes)} as well, or remove it."
            );
        }
    }

    private bool TrustsAnyIssuer() => services.GetRequiredService<IOptions<IdentityAssertionOptions>>().Value.Issuers.Count > 0;
}
