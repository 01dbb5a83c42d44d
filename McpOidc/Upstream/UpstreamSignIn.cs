using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Upstream;

/// <summary>Sends a browser to the identity provider, and back to <c>/authorize</c> when all is decided.</summary>
internal sealed partial class UpstreamSignIn(
    IIdentityProvider provider, Interactions interactions, IOptions<UpstreamOptions> options, Issuer issuer, ILogger<UpstreamSignIn> logger)
{
    /// <summary>The callback, as registered at the provider; never taken from a request.</summary>
    public Uri RedirectUri { get; } = new(options.Value.RedirectUri ?? issuer.Endpoint(EndpointPaths.Callback));

    public async Task<IResult> BeginAsync(Interaction interaction, CancellationToken cancellationToken)
    {
        var state = OpaqueToken.Create();
        try
        {
            var challenge = await provider.ChallengeAsync(new IdpChallengeRequest(RedirectUri, state, ForwardedOf(interaction)), cancellationToken);
            await interactions.KeepAsync(state, interaction with { Step = InteractionStep.SignIn, ProviderState = challenge.State }, cancellationToken);
            return new SeeOther(challenge.Url.AbsoluteUri);
        }
        catch (IdentityProviderException exception)
        {
            LogUnavailable(exception);
            return await FailAsync(interaction, exception, cancellationToken);
        }
    }

    private Dictionary<string, string> ForwardedOf(Interaction interaction)
    {
        var sent = QueryHelpers.ParseQuery(interaction.Query);
        return options.Value.ForwardedParameters.Distinct(StringComparer.Ordinal)
            .Where(name => sent.TryGetValue(name, out var value) && value.ToString().Length > 0)
            .ToDictionary(name => name, name => sent[name].ToString(), StringComparer.Ordinal);
    }

    /// <summary>Lets the client know why there is no code.</summary>
    public Task<IResult> FailAsync(Interaction interaction, IdentityProviderException exception, CancellationToken cancellationToken)
        => exception.Error is { } error
            ? DecideAsync(interaction with { Error = error, ErrorDescription = "The identity provider did not complete the sign-in." }, cancellationToken)
            : DecideAsync(interaction with { Error = Errors.TemporarilyUnavailable, ErrorDescription = "The identity provider does not answer at the moment." }, cancellationToken);

    public async Task<IResult> DecideAsync(Interaction interaction, CancellationToken cancellationToken)
        => SeeOther.Within(
            EndpointPaths.Authorize,
            ResumeInteraction.Parameter,
            await interactions.KeepAsync(interaction with { Step = InteractionStep.Decided, ProviderState = null }, cancellationToken));

    [LoggerMessage(1401, LogLevel.Warning, "A sign-in at the identity provider could not begin.")]
    private partial void LogUnavailable(Exception exception);
}
