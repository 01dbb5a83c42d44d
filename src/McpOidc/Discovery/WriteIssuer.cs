using McpOidc.Configuration;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>
/// Replaces the issuer in OpenIddict's responses by our exact string; OpenIddict's ends in a slash, which clients reject. Metadata contain
/// <c>issuer</c>, userinfo and introspection <c>iss</c>.
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
