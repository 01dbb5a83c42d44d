using McpOidc.Authorization;
using McpOidc.Configuration;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Pages;
using McpOidc.Telemetry;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.SignIn;

/// <summary>Sends a browser to the identity provider, and back to <c>/authorize</c> once everything is decided.</summary>
internal sealed partial class IdentityProviderSignIn(
    IdentityProviders providers,
    Interactions interactions,
    Issuer issuer,
    ErrorPage errors,
    SignInTrail trail,
    Metrics metrics,
    TimeProvider clock,
    ILogger<IdentityProviderSignIn> logger
)
{
    /// <summary>The callback, as registered at the provider; never taken from a request.</summary>
    public Uri RedirectUriOf(ConfiguredProvider provider) =>
        new(provider.Options.RedirectUri is { Length: > 0 } own ? own : issuer.Endpoint(EndpointPaths.Callback));

    /// <summary>Redirects to the provider with a step that was taken.</summary>
    public async Task<IResult> BeginAsync(Interaction interaction, CancellationToken cancellationToken)
    {
        var sent = QueryHelpers.ParseQuery(interaction.Query);
        if (
            (interaction.ProviderName is { } chosen ? providers.Find(chosen) : providers.Decide(sent.GetValueOrDefault("login_hint")))
            is not { } provider
        )
        {
            trail.Note("provider.asked");
            return SeeOther.Within(
                EndpointPaths.Choose,
                ResumeInteraction.Parameter,
                await interactions.KeepAsync(interaction with { Step = InteractionStep.Choose, ProviderName = null }, cancellationToken)
            );
        }

        trail.Note("idp.sent", $"To {provider.DisplayName}.");
        var state = Interactions.NewState(interaction);
        try
        {
            var request = new IdentityProviderChallengeRequest(
                RedirectUriOf(provider),
                state,
                ForwardedOf(interaction, provider.Options, sent)
            );
            var challenge = await provider.Provider.ChallengeAsync(request, cancellationToken);
            var keeping = interactions.KeepAsync(
                state,
                interaction with
                {
                    Step = InteractionStep.SignIn,
                    ProviderName = provider.Name,
                    ProviderState = challenge.State,
                    SentAt = interaction.SentAt ?? clock.GetUtcNow(),
                },
                cancellationToken
            );
            metrics.SignInBegun();
            return new SeeOther(challenge.Url.AbsoluteUri) { Ready = keeping };
        }
        catch (IdentityProviderException exception)
        {
            var explanation = provider.Explain(exception);
            trail.Note("idp.unavailable", explanation);
            LogUnavailable(provider.DisplayName, exception.Failure, explanation, exception);
            return await FailAsync(interaction, exception, cancellationToken);
        }
    }

    private static Dictionary<string, string> ForwardedOf(
        Interaction interaction,
        IdentityProviderOptions options,
        Dictionary<string, StringValues> sent
    )
    {
        var forwarded = options
            .ForwardedParameters.Distinct(StringComparer.Ordinal)
            .Where(name => sent.TryGetValue(name, out var value) && value.ToString().Length > 0)
            .ToDictionary(name => name, name => sent[name].ToString(), StringComparer.Ordinal);
        foreach (var (name, value) in AskedSignIn.Of(interaction).ForProvider())
        {
            forwarded.TryAdd(name, value);
        }

        if (interaction.AsksForAnother)
        {
            // These two are known to support it; login is mandatory for every provider (OpenID Connect Core §3.1.2.1).
            forwarded[Parameters.Prompt] =
                options.IsGoogle || options.Preset == IdentityProviderPreset.EntraId ? PromptValues.SelectAccount : PromptValues.Login;
            forwarded.Remove(Parameters.LoginHint);
        }

        if (interaction.AskedForRefreshToken)
        {
            // The second pass: a user who had to sign in has done so.
            forwarded["prompt"] = "consent";
        }

        return forwarded;
    }

    /// <summary>Tells the client why there is no code.</summary>
    public Task<IResult> FailAsync(Interaction interaction, IdentityProviderException exception, CancellationToken cancellationToken)
    {
        var needsOperator = exception.Failure == IdentityProviderFailure.Misconfigured;
        return RefuseAsync(
            interaction with
            {
                NeedsOperator = needsOperator,
            },
            exception.Error ?? Errors.TemporarilyUnavailable,
            needsOperator ? "The identity provider rejects this server: the operator of this server must act."
                : exception.Error is null ? "The identity provider is not responding."
                : "The identity provider did not complete the sign-in.",
            cancellationToken
        );
    }

    /// <summary>The same for another reason.</summary>
    public Task<IResult> RefuseAsync(Interaction interaction, string error, string description, CancellationToken cancellationToken) =>
        DecideAsync(interaction with { Error = error, ErrorDescription = description }, cancellationToken);

    /// <summary>Redirects to the provider for a different account than the one that returned, or that is signed in here.</summary>
    public Task<IResult> BeginWithAnotherAsync(Interaction interaction, CancellationToken cancellationToken) =>
        BeginAsync(
            interaction with
            {
                AsksForAnother = true,
                AskedForRefreshToken = false,
                MustSignIn = true,
                ProviderName = providers.All.Count == 1 ? interaction.ProviderName : null,
                SentAt = null,
            },
            cancellationToken
        );

    /// <summary>Tells a user that sign-in is not allowed.</summary>
    public async Task<IResult> RefusePersonAsync(Interaction interaction, RefusedPerson person, CancellationToken cancellationToken)
    {
        trail.Note("person.refused");
        var refused = interaction with { Step = InteractionStep.Refused, Refused = person, ProviderState = null };
        return SeeOther.Within(
            EndpointPaths.Refused,
            ResumeInteraction.Parameter,
            await interactions.KeepAsync(refused, cancellationToken)
        );
    }

    /// <summary>Continues once everything is decided: at <c>/authorize</c>, or at the page for which the user signed in.</summary>
    public async Task<IResult> DecideAsync(Interaction interaction, CancellationToken cancellationToken) =>
        interaction switch
        {
            { ReturnTo: { }, Error: { } error } => errors.Show(
                error,
                PageText.ErrorNotSignedIn,
                interaction.NeedsOperator ? PageText.ErrorOperatorAdvice : PageText.ErrorNotSignedInAdvice
            ),
            { ReturnTo: { } path } => new SeeOther(path, IsPath: true),
            _ => SeeOther.Within(
                EndpointPaths.Authorize,
                ResumeInteraction.Parameter,
                await interactions.KeepAsync(interaction with { Step = InteractionStep.Decided, ProviderState = null }, cancellationToken)
            ),
        };

    [LoggerMessage(1401, LogLevel.Warning, "A sign-in at {Provider} could not be started ({Failure}): {Explanation}")]
    private partial void LogUnavailable(string provider, IdentityProviderFailure failure, string explanation, Exception exception);
}
