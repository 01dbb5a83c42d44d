using McpOidc.Audit;
using McpOidc.Sessions;
using McpOidc.SignIn;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.Consent;

/// <summary>The user's decision on the consent page: recorded, then the sign-in or the response to the client.</summary>
internal sealed class ConsentDecision(
    ConsentQuestion question,
    IdentityProviderSignIn signIn,
    UserSessions users,
    BrowserSessions sessions,
    AuditLog audit
)
{
    /// <summary>Another user is to decide. The question is not reused: the sign-in decides who the user is.</summary>
    public Task<IResult> LeaveToAnotherAsync(Interaction interaction, CancellationToken cancellationToken) =>
        signIn.BeginWithAnotherAsync(interaction with { Subject = null }, cancellationToken);

    // Another tab may have signed in a different user meanwhile, but the page showed the previous name.
    public async Task<bool> IsSamePersonAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken) =>
        shown.Subject is null || (await sessions.FindAsync(http, cancellationToken))?.Subject == shown.Subject;

    public async Task<IResult> TakeAsync(Interaction interaction, IFormCollection form, CancellationToken cancellationToken)
    {
        if (form[ConsentEndpoint.DecisionField] != ConsentEndpoint.Allow)
        {
            audit.ConsentDenied(interaction.Subject, interaction.ClientId);
            return await signIn.DecideAsync(
                interaction with
                {
                    HandOff = IsHandOff(interaction, form),
                    Error = Errors.AccessDenied,
                    ErrorDescription = "The user denied access.",
                },
                cancellationToken
            );
        }

        var approved = Approve(interaction, form);
        if (interaction.MustSignIn || interaction.Subject is null)
        {
            return await signIn.BeginAsync(approved, cancellationToken);
        }

        if (approved.Remember)
        {
            await users.RememberConsentAsync(interaction.Subject, approved.Asked, cancellationToken);
        }
        else
        {
            audit.ConsentGranted(interaction.Subject, interaction.ClientId, approved.Asked.Scopes, approved.Asked.Resource);
        }

        return await signIn.DecideAsync(approved, cancellationToken);
    }

    private Interaction Approve(Interaction interaction, IFormCollection form)
    {
        var handOff = IsHandOff(interaction, form);
        var mayRemember = !handOff && interaction.Client is { IsAnsweredToAnyProgram: false };
        return interaction with
        {
            Approved = true,
            Asked = interaction.Asked with { Scopes = [.. interaction.Asked.Scopes.Except(LeftOut(form))] },
            HandOff = handOff,
            Remember = mayRemember && form[ConsentEndpoint.RememberField] == ConsentEndpoint.Yes,
        };
    }

    // A form can only remove scopes, even a forged one.
    public static IEnumerable<string> LeftOut(IFormCollection form) =>
        form[ConsentEndpoint.OptionalField]
            .ToString()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Except(
                form.Where(field => field.Key.StartsWith(ConsentEndpoint.ScopeField, StringComparison.Ordinal))
                    .Select(field => field.Value.ToString())
            );

    // Copying the response is asked for each time, because the user states there that it is necessary.
    private bool IsHandOff(Interaction interaction, IFormCollection form) =>
        question.OffersHandOff(interaction) && form[ConsentEndpoint.HandOffField] == ConsentEndpoint.Yes;
}
