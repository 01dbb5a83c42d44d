using McpOidc.Configuration;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>Writes the issuer into the metadata as our one string; OpenIddict's URI would end in a slash, and clients refuse that.</summary>
internal sealed class WriteIssuer(Issuer issuer) : IOpenIddictServerHandler<ApplyConfigurationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyConfigurationResponseContext>()
        .UseSingletonHandler<WriteIssuer>()
        .SetOrder(int.MinValue + 100_000)
        .Build();

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (string.IsNullOrEmpty(context.Error))
        {
            context.Response["issuer"] = issuer.Value;
        }

        return default;
    }
}
