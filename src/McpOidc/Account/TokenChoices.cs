using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using McpOidc.Token;

namespace McpOidc.Account;

/// <summary>The resources and scopes that a person can create a token for.</summary>
internal sealed class TokenChoices(KnownResources resources, ScopeCatalog catalog, SignInRight right)
{
    public IEnumerable<ResourceOptions> Resources => resources.All;

    /// <summary>The named MCP server, or the only one.</summary>
    public ResourceOptions? Find(string? named) =>
        string.IsNullOrEmpty(named) ? resources.Only : resources.All.FirstOrDefault(resource => resource.Uri == named);

    /// <summary>The scopes that a person may have at a server, without identity scopes, which open nothing there.</summary>
    public async ValueTask<TokenChoice> OfAsync(UserRecord user, ResourceOptions resource, CancellationToken cancellationToken)
    {
        var scopes = await catalog.OfAsync(resource, cancellationToken);
        var verdict = await right.JudgeAsync(
            user,
            new JudgedRequest(PersonalAccessToken.Client, resource.Uri, ["openid", .. scopes.Known.Except(IdentityScopes.All)]),
            cancellationToken
        );
        return new TokenChoice(
            [.. verdict.Scopes.Except(IdentityScopes.All)],
            scopes,
            // A person who is left with no scope could not connect a client either.
            verdict.Refusal
                is not null
                || verdict.Scopes.Count == 0
        );
    }
}

/// <summary>What a person can choose from.</summary>
/// <param name="Offered">The scopes to choose from.</param>
/// <param name="Scopes">All scopes of the server.</param>
/// <param name="IsRefused">Whether the person may not use the server at all.</param>
internal sealed record TokenChoice(string[] Offered, ResourceScopes Scopes, bool IsRefused);
