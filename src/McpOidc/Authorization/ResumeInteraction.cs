using McpOidc.RateLimits;
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
/// <c>/authorize?interaction=…</c> resumes an earlier authorization request after the decision: its parameters are the stored ones, so
/// that they cannot be changed on the way and no URL becomes too long. It may arrive more than once, but yields a single grant (
/// <see cref="Interaction.GrantId"/>).
/// </summary>
internal sealed class ResumeInteraction(
    Interactions interactions,
    SignInLimit limit,
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
        if (context.Transaction.GetHttpRequest()?.HttpContext is not { } http)
        {
            return;
        }

        var id = context.Request?[Parameter]?.ToString();
        // Any other request starts a sign-in, whatever it contains. An id that is not a sealed step costs a store read, and is counted
        // before.
        var mayGoOn = SealedSteps.MayBe(id);
        if (!mayGoOn && await IsRefusedAsync(context, http))
        {
            return;
        }

        if (id is not { Length: > 0 })
        {
            ReadAhead(http, context.Request?.ClientId, context.CancellationToken);
        }
        else if (await FindAsync(http, id, context.CancellationToken) is { } interaction)
        {
            http.Features.Set(interaction);
            context.Request = new OpenIddictRequest(QueryHelpers.ParseQuery(interaction.Query)) { [Parameter] = id };
        }
        else if (mayGoOn)
        {
            await IsRefusedAsync(context, http);
        }
    }

    private async ValueTask<bool> IsRefusedAsync(ExtractAuthorizationRequestContext context, HttpContext http)
    {
        if (await limit.FindRefusalAsync(http, context.Request?.ClientId) is not { } refusal)
        {
            return false;
        }

        await refusal.ExecuteAsync(http);
        context.HandleRequest();
        return true;
    }

    private async Task<Interaction?> FindAsync(HttpContext http, string id, CancellationToken cancellationToken)
    {
        var decided = await interactions.FindAsync(id, InteractionStep.Decided, cookies.ReadBinding(http), cancellationToken);
        if (decided is not null)
        {
            ReadAll(http, decided.ClientId, decided.Subject, cancellationToken, StoreKeys.Grant.Key(decided.GrantId));
        }

        return decided;
    }

    private void ReadAhead(HttpContext http, string? clientId, CancellationToken cancellationToken)
    {
        if (sessions.KeyOf(http) is not null)
        {
            ReadAll(http, clientId, subject: null, cancellationToken);
        }
    }

    private void ReadAll(HttpContext http, string? clientId, string? subject, CancellationToken cancellationToken, string? grant = null)
    {
        IEnumerable<string?> keys =
        [
            clientId is { Length: > 0 } ? clients.KeyOf(clientId) : null,
            subject is null ? null : StoreKeys.User.Key(subject),
            sessions.KeyOf(http),
            grant,
        ];
        records.ReadAhead(cancellationToken, [.. keys.OfType<string>()]);
    }
}
