using McpOidc.DPoP;
using McpOidc.Federation;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Authorization;

/// <summary>The parameters of an authorization request that are used later, here or at an identity provider. Only these are stored during
/// the sign-in.</summary>
internal sealed class KeptParameters(IdentityProviders providers)
{
    private readonly HashSet<string> _names =
    [
        Parameters.ClientId,
        Parameters.RedirectUri,
        Parameters.ResponseType,
        Parameters.ResponseMode,
        Parameters.Scope,
        Parameters.State,
        Parameters.Nonce,
        Parameters.CodeChallenge,
        Parameters.CodeChallengeMethod,
        Parameters.Resource,
        Parameters.Prompt,
        Parameters.MaxAge,
        Parameters.LoginHint,
        Parameters.IdTokenHint,
        Parameters.UiLocales,
        Parameters.AcrValues,
        BoundCode.Parameter,
        .. providers.All.SelectMany(provider => provider.Options.ForwardedParameters),
    ];

    public bool Keeps(string name) => _names.Contains(name);

    /// <summary>Removes the others.</summary>
    public void Clean(OpenIddictRequest request)
    {
        foreach (var name in request.GetParameters().Select(parameter => parameter.Key).Where(name => !Keeps(name)).ToList())
        {
            request.RemoveParameter(name);
        }
    }
}
