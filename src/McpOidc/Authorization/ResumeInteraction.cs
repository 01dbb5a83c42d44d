using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Storage;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Authorization;

/// <summary>
/// <c>/authorize?interaction=…</c> is an earlier authorization request coming back decided: its parameters are those that were kept, so
/// that nobody can change them on the way and no URL grows too long. It is taken away here, once; the endpoint finds it with the request.
/// </summary>
internal sealed class ResumeInteraction(
    Interactions interactions,
    RecordStore records,
    Clients clients,
    BrowserSessions sessions,
    BrowserCookies cookies
) : IOpenIddictServerHandler<ExtractAuthorizationRequestContext>
{
    public const string Parameter = "interaction";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ExtractAuthorizationRequestContext>()
            .UseSingletonHandler<ResumeInteraction>()
            .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<ExtractAuthorizationRequestContext>.Descriptor.Order + 500)
            .Build();

    public async ValueTask HandleAsync(ExtractAuthorizationRequestContext context)
    {
        if (context.Request?[Parameter]?.ToString() is not { Length: > 0 } id || context.Transaction.GetHttpRequest() is not { } http)
        {
            return;
        }

        if (
            await interactions.TakeAsync(
                id,
                InteractionStep.Decided,
                cookies.ReadBinding(http.HttpContext),
                context.CancellationToken,
                decided => ReadAll(http.HttpContext, decided, context.CancellationToken)
            ) is
            { } interaction
        )
        {
            http.HttpContext.Features.Set(interaction);
            context.Request = new OpenIddictRequest(QueryHelpers.ParseQuery(interaction.Query)) { [Parameter] = id };
        }
    }

    private void ReadAll(HttpContext http, Interaction decided, CancellationToken cancellationToken)
    {
        IEnumerable<string?> keys =
        [
            clients.KeyOf(decided.ClientId),
            decided.Subject is { } subject ? StoreKeys.User.Key(subject) : null,
            sessions.KeyOf(http),
        ];
        records.ReadAhead(cancellationToken, [.. keys.OfType<string>()]);
    }
}
