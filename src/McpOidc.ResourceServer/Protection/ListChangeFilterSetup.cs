using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpOidc.Protection;

/// <summary>
/// Notifies a client that its lists have changed, if lists omit what the caller may not use: an MCP session (until 2025-11-25) continues
/// with the client's next token, which may allow more or less than the previous one.
/// </summary>
internal sealed class ListChangeFilterSetup(ProtectedResources resources, IHttpContextAccessor current)
    : IConfigureOptions<McpServerOptions>,
        IDisposable
{
    private static readonly string[] s_notifications =
    [
        NotificationMethods.ToolListChangedNotification,
        NotificationMethods.PromptListChangedNotification,
        NotificationMethods.ResourceListChangedNotification,
    ];

    // Like MCP sessions, known in this process only.
    private readonly MemoryCache _seen = new(new MemoryCacheOptions { SizeLimit = 100_000 });

    public void Dispose() => _seen.Dispose();

    public void Configure(McpServerOptions options)
    {
        if (resources.All.Any(resource => resource.Options.ListAllowedOnly))
        {
            options.Filters.Message.IncomingFilters.Add(next =>
                async (context, cancellationToken) =>
                {
                    await next(context, cancellationToken);
                    await TellAsync(context, cancellationToken);
                }
            );
        }
    }

    private async Task TellAsync(MessageContext context, CancellationToken cancellationToken)
    {
        if (
            context is not { JsonRpcMessage: JsonRpcRequest, User: { } user, Server: { SessionId: not null } session }
            || current.HttpContext is not { } http
            || resources.Of(http) is not { Options.ListAllowedOnly: true } resource
        )
        {
            return;
        }

        var held = resource.Hierarchy.Expand(TokenScopes.Of(user));
        var known = PrimitiveScopes.Primitives(session.ServerOptions).SelectMany(PrimitiveScopes.Of).Distinct(StringComparer.Ordinal);
        await TellAsync(session, string.Join(' ', known.Where(held.Contains).Order(StringComparer.Ordinal)), cancellationToken);
    }

    private async Task TellAsync(McpServer session, string allowed, CancellationToken cancellationToken)
    {
        var before = _seen.Get<string>(session.SessionId!);
        _seen.Set(session.SessionId!, allowed, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromDays(1) });
        if (before is null || before == allowed)
        {
            return;
        }

        foreach (var notification in s_notifications)
        {
            await session.SendNotificationAsync(notification, cancellationToken);
        }
    }
}
