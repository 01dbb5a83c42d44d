using McpOidc.Configuration;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>
/// Writes the issuer into an answer as our one string, where OpenIddict wrote its own; its URI ends in a slash, and clients refuse that.
/// Metadata say <c>issuer</c>, userinfo and introspection <c>iss</c>.
/// </summary>
internal sealed class WriteIssuer<TContext>(Issuer issuer) : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    private static readonly string[] s_members = ["issuer", "iss"];

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<TContext>()
            .UseSingletonHandler<WriteIssuer<TContext>>()
            .SetOrder(int.MinValue + 100_000)
            .Build();

    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Response is { } response)
        {
            foreach (var member in s_members.Where(response.HasParameter))
            {
                response[member] = issuer.Value;
            }
        }

        return default;
    }
}
