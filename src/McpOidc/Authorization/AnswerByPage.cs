using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// Shows the authorization response to the user if a redirect is not right. A private scheme is opened only by a click, because the device
/// decides which application that is (RFC 8252 §8.6) and any page could send the browser here. An error for a website that registered
/// itself is a link (RFC 9700 §4.11.2). If the client is not reachable from this browser, the user copies the response, as requested on
/// the consent page.
/// </summary>
internal sealed class AnswerByPage(Clients clients, BrowserSessions sessions, UserSessions users, ErrorPage errors)
    : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    /// <summary>On the transaction: the lifetime of a code that the user copies.</summary>
    public const string HandOffProperty = "mcpoidc:hand_off";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyAuthorizationResponseContext>()
            .UseSingletonHandler<AnswerByPage>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessQueryResponse.Descriptor.Order - 500)
            .Build();

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.RedirectUri is not { Length: > 0 } redirectUri || context.Transaction.GetHttpRequest()?.HttpContext is not { } http)
        {
            return;
        }

        var handOff = context.Transaction.GetProperty<object>(HandOffProperty) as TimeSpan?;
        var kind = RedirectUri.Read(redirectUri)?.Kind;
        if (
            handOff is null
            && (kind == RedirectUriKind.Loopback || (kind == RedirectUriKind.Https && string.IsNullOrEmpty(context.Response.Error)))
        )
        {
            return;
        }

        var client = await clients.FindAsync(context.Request!.ClientId!, context.CancellationToken);
        var isStrange = handOff is null && kind == RedirectUriKind.Https;
        if (isStrange && await IsTrustedAsync(client, redirectUri, http, context.CancellationToken))
        {
            return;
        }

        var name = DisplayText.Clean(client?.Metadata.ClientName);
        var answer = new AnswerToClient(name, redirectUri, AddressOf(redirectUri, context.Response))
        {
            Code = context.Response.Code,
            NeedsOperator = http.Features.Get<Interaction>() is { NeedsOperator: true },
        };
        IResult page =
            isStrange ? errors.ShowReturn(context.Response.Error!, answer.Address)
            : handOff is { } lifetime ? HandOffPage.Render(answer, lifetime) with { UiLocales = context.Request.UiLocales }
            : OpenApplicationPage.Render(answer) with { UiLocales = context.Request.UiLocales };
        await page.ExecuteAsync(http);
        context.HandleRequest();
    }

    // The operator vouches for a configured client, and a user for one that was allowed to receive answers there, now or before.
    private async ValueTask<bool> IsTrustedAsync(
        ClientRecord? client,
        string redirectUri,
        HttpContext http,
        CancellationToken cancellationToken
    ) =>
        client is not null
        && (
            client.IsConfigured
            || http.Features.Get<Interaction>() is { Approved: true }
            || (
                await sessions.FindAsync(http, cancellationToken) is { } session
                && await users.RecallAsync(session.Subject, cancellationToken) is { } user
                && user.Consents.Any(known =>
                    known.IsFor(client.Id, client.MetadataHash, RedirectUriMatch.WithoutLoopbackPort(redirectUri))
                )
            )
        );

    private static string AddressOf(string redirectUri, OpenIddictResponse response) =>
        response
            .GetParameters()
            .Where(parameter => parameter.Key != Parameters.RedirectUri && !string.IsNullOrEmpty((string?)parameter.Value))
            .Aggregate(
                redirectUri,
                (address, parameter) => QueryHelpers.AddQueryString(address, parameter.Key, (string?)parameter.Value ?? "")
            );
}

/// <summary>The response to an authorization request that the user passes on.</summary>
/// <param name="ClientName">The client's display name; empty if it has none.</param>
/// <param name="RedirectUri">The client's redirect URI.</param>
/// <param name="Address">The redirect URI with the response in its query.</param>
internal sealed record AnswerToClient(string ClientName, string RedirectUri, string Address)
{
    /// <summary>The code; absent if the response is an error.</summary>
    public string? Code { get; init; }

    /// <summary>Whether a retry fails until the operator changes something.</summary>
    public bool NeedsOperator { get; init; }

    /// <summary>A paragraph that says who must act, if it is not the user.</summary>
    public Html AdviceIn(PageTexts texts) => NeedsOperator ? Html.Of($"<p>{texts[PageText.ErrorOperatorAdvice]}</p>") : Html.Empty;

    /// <summary>The client, as named in a sentence.</summary>
    public Html NameIn(PageTexts texts) =>
        Html.Of(
            $"<bdi>{texts.With(PageText.Quoted, ("text", ClientName.Length > 0 ? ClientName : texts[PageText.ConsentNameless]))}</bdi>"
        );
}
