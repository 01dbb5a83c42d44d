using System.Security.Claims;
using System.Text;
using McpOidc.Storage;

namespace McpOidc.Token;

/// <summary>
/// What an authorization code stands for, as its grant contains it: OpenIddict's principal, encrypted like a record. As OpenIddict's own
/// signed and encrypted JWT it took 7 % of a sign-in, though only this server reads it.
/// </summary>
internal sealed class CodePayload(StoredPayloadProtector protector)
{
    public async ValueTask<byte[]> ProtectAsync(ClaimsPrincipal principal, string grantId, CancellationToken cancellationToken)
    {
        using var content = new MemoryStream();
        await using (var writer = new BinaryWriter(content, Encoding.UTF8, leaveOpen: true))
        {
            principal.WriteTo(writer);
        }

        return await protector.ProtectAsync(content.GetBuffer().AsMemory(0, (int)content.Length), PlaceOf(grantId), cancellationToken);
    }

    /// <exception cref="StoredPayloadException">The key no longer exists, or the payload was moved or damaged.</exception>
    public async ValueTask<ClaimsPrincipal> UnprotectAsync(byte[] payload, string grantId, CancellationToken cancellationToken)
    {
        var content = await protector.UnprotectAsync(payload, PlaceOf(grantId), cancellationToken);
        using var reader = new BinaryReader(new MemoryStream(content.ToArray()), Encoding.UTF8);
        return new ClaimsPrincipal(reader);
    }

    private static string PlaceOf(string grantId) => $"code of grant {grantId}";
}
