using McpOidc.Pages;
using McpOidc.Registration;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// Shows the answer to the person where a redirect is not right: a private scheme is opened by a click and never by itself, since the
/// device decides which application that is (RFC 8252 §8.6) and any page could send the browser here; and what cannot be reached from this
/// browser is copied by hand, if the person asked for that on the consent page.
/// </summary>
internal sealed class AnswerByPage(Clients clients) : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    /// <summary>On the transaction: for how long the code lives that the person copies.</summary>
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
        if (handOff is null && RedirectUri.Read(redirectUri)?.Kind is RedirectUriKind.Https or RedirectUriKind.Loopback)
        {
            return;
        }

        var name = DisplayText.Clean((await clients.FindAsync(context.Request!.ClientId!, context.CancellationToken))?.Metadata.ClientName);
        var answer = new AnswerToClient(name, redirectUri, AddressOf(redirectUri, context.Response)) { Code = context.Response.Code };
        var page = handOff is { } lifetime ? HandOffPage.Render(answer, lifetime) : OpenApplicationPage.Render(answer);
        await (page with { UiLocales = context.Request.UiLocales }).ExecuteAsync(http);
        context.HandleRequest();
    }

    private static string AddressOf(string redirectUri, OpenIddictResponse response) =>
        response
            .GetParameters()
            .Where(parameter => parameter.Key != Parameters.RedirectUri && !string.IsNullOrEmpty((string?)parameter.Value))
            .Aggregate(
                redirectUri,
                (address, parameter) => QueryHelpers.AddQueryString(address, parameter.Key, (string?)parameter.Value ?? "")
            );
}

/// <summary>The answer to an authorization request, on its way through the person's hands.</summary>
/// <param name="ClientName">As the client calls itself; empty when it does not.</param>
/// <param name="RedirectUri">Where the client waits.</param>
/// <param name="Address">The redirect URI with the answer in its query.</param>
internal sealed record AnswerToClient(string ClientName, string RedirectUri, string Address)
{
    /// <summary>The code; absent when the answer is an error.</summary>
    public string? Code { get; init; }

    /// <summary>The client, as a sentence names it.</summary>
    public Html NameIn(PageTexts texts) =>
        Html.Of(
            $"<bdi>{(ClientName.Length > 0 ? texts.With(PageText.Quoted, ("text", ClientName)) : texts[PageText.ConsentNameless])}</bdi>"
        );
}
