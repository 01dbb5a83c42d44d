using McpOidc.ErrorResponses;
using McpOidc.Registration;
using McpOidc.SignIn;
using McpOidc.Timeline;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary><c>GET /authorize</c>, after OpenIddict has validated the request: consent, then sign-in, then a code.</summary>
internal sealed class AuthorizationEndpoint(
    Clients clients,
    NewRequests arrived,
    DecidedRequests returned,
    InvalidRequestPage invalid,
    ErrorPage errors,
    SignInTrail trail
)
{
    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerResponse()?.Error is { } error)
        {
            trail.Note("authorize.refused", $"{error}: {http.GetOpenIddictServerResponse()!.ErrorDescription}");
            return await invalid.ShowAsync(http, error, cancellationToken);
        }

        var parameters =
            http.GetOpenIddictServerRequest()
            ?? throw new InvalidOperationException("The authorization endpoint was called without OpenIddict.");
        var client = await clients.FindAsync(parameters.ClientId!, cancellationToken);
        if (client is null)
        {
            return errors.StartAgain("client_gone");
        }

        var transaction = http.Features.Get<OpenIddictServerAspNetCoreFeature>()!.Transaction!;
        var request = new AuthorizationRequest(parameters, client, ResourceIndicator.Of(transaction))
        {
            ExpectedSubject = parameters.IdTokenHint is { Length: > 0 } ? SubjectOfHint(transaction) : null,
        };
        if (parameters[ResumeInteraction.Parameter]?.ToString() is not { Length: > 0 })
        {
            return await arrived.BeginAsync(http, request, cancellationToken);
        }

        return http.Features.Get<Interaction>() is { } decided
            ? await returned.AnswerAsync(http, request, decided, cancellationToken)
            : errors.StartAgain("interaction_gone");
    }

    // OpenIddict ignores a hint that it cannot verify; here such a hint matches no user.
    private static string SubjectOfHint(OpenIddictServerTransaction transaction) =>
        transaction
            .GetProperty<ProcessAuthenticationContext>(typeof(ProcessAuthenticationContext).FullName!)
            ?.IdentityTokenPrincipal?.GetClaim(Claims.Subject)
        ?? "";
}
