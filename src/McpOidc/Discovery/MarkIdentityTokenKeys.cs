using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Keys;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace McpOidc.Discovery;

/// <summary>Marks a published key as valid for id_tokens only, so that our MCP servers accept no access token signed with it. Others
/// ignore the member (RFC 7517 §4) and check the token's type.</summary>
internal sealed class MarkIdentityTokenKeys(SigningKeyRing ring) : IOpenIddictServerHandler<ApplyJsonWebKeySetResponseContext>
{
    private const string Keys = "keys";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } =
        OpenIddictServerHandlerDescriptor
            .CreateBuilder<ApplyJsonWebKeySetResponseContext>()
            .UseSingletonHandler<MarkIdentityTokenKeys>()
            .SetOrder(int.MinValue + 100_000)
            .Build();

    public ValueTask HandleAsync(ApplyJsonWebKeySetResponseContext context)
    {
        if (context.Response[Keys] is not { } published || JsonArray.Create((JsonElement)published) is not { } keys)
        {
            return default;
        }

        var marked = ring.Current.Identity.Select(key => key.Key.KeyId).ToHashSet();
        foreach (var key in keys.OfType<JsonObject>().Where(key => marked.Contains((string?)key["kid"] ?? "")))
        {
            key[PublishedKeyUse.Member] = PublishedKeyUse.IdentityTokens;
        }

        context.Response[Keys] = new OpenIddictParameter(JsonSerializer.SerializeToElement(keys));
        return default;
    }
}
