using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Sessions;
using McpOidc.SignIn.Rules;
using McpOidc.Timeline;
using Microsoft.AspNetCore.Http;

namespace McpOidc.SignIn;

/// <summary>Completes a sign-in that succeeded at the identity provider: it must be recent enough, and the user allowed.</summary>
internal sealed class SignInCompletion(
    IdentityProviderSignIn signIn,
    UserSignIn userSignIn,
    UserSessions users,
    BrowserSessions sessions,
    SignInRight right,
    SignInTrail trail,
    AuditLog audit,
    TimeProvider clock
)
{
    public async Task<IResult> CompleteAsync(
        HttpContext http,
        Interaction interaction,
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    )
    {
        var authenticatedAt = AuthenticationTime.In(login.Claims, clock.GetUtcNow());
        if (AskedSignIn.Of(interaction).FindProblem(authenticatedAt, interaction.SentAt) is { } problem)
        {
            trail.Note("idp.not_lately", problem.Description);
            audit.SignInFailed(interaction.ClientId, problem.Error, "signed_in_too_early");
            return await signIn.RefuseAsync(interaction, problem.Error, problem.Description, cancellationToken);
        }

        if (!interaction.AskedForRefreshToken && await LacksRefreshTokenAsync(provider, login, cancellationToken))
        {
            return await signIn.BeginAsync(interaction with { AskedForRefreshToken = true }, cancellationToken);
        }

        if (await JudgeAsync(interaction, provider, login, cancellationToken) is { Refusal: { } refusal })
        {
            var person = new RefusedPerson(PersonName.Of(login.Claims, login.Subject), refusal.Untold);
            return await signIn.RefusePersonAsync(interaction, person, cancellationToken);
        }

        var session = sessions.Create(login);
        trail.Note("signed_in", $"Subject {session.Subject}.");
        var decided = interaction.For(session);
        await userSignIn.BeginAsync(http, decided, session, provider, login, cancellationToken);
        return await signIn.DecideAsync(decided, cancellationToken);
    }

    // A user who was admitted before and no longer is loses everything.
    private async Task<SignInVerdict> JudgeAsync(
        Interaction interaction,
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    )
    {
        var subject = Subject.From(login.Issuer, login.Subject);
        var isPage = interaction.ReturnTo is not null;
        var verdict = await right.JudgeAsync(
            new JudgedPerson(subject, login.Subject, login.Claims, provider.Options),
            new JudgedRequest(isPage ? null : interaction.ClientId, isPage ? null : interaction.Asked.Resource, interaction.Asked.Scopes),
            cancellationToken
        );
        if (verdict.Refusal is { IsOfClient: false } && await users.FindAsync(subject, cancellationToken) is not null)
        {
            await right.EndAsync(subject, cancellationToken);
        }

        return verdict;
    }

    // Google sends a refresh token only at the first consent, possibly long before; asking for consent again yields another.
    private async ValueTask<bool> LacksRefreshTokenAsync(
        ConfiguredProvider provider,
        IdentityProviderLogin login,
        CancellationToken cancellationToken
    ) =>
        provider.Options.Preset == IdentityProviderPreset.Google
        && string.IsNullOrEmpty(login.Tokens?.RefreshToken)
        && await users.FindAsync(Subject.From(login.Issuer, login.Subject), cancellationToken)
            is not { NeedsPersonSince: null, Tokens.RefreshToken.Length: > 0 };
}
