using System.Net;
using System.Text;
using McpOidc.Hosting;
using McpOidc.Token;
using McpOidc.Token.ClientAuthentication;
using Microsoft.AspNetCore.Http;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc.RateLimits;

/// <summary>Who calls an endpoint for machines, as far as the request says so; nothing of it is verified.</summary>
/// <param name="ClientId">The client that it names.</param>
/// <param name="Address">What limits by address count by.</param>
/// <param name="SendsProof">Whether it has a secret or an assertion with it.</param>
/// <param name="HoldsOurToken">Whether it has a refresh token with it that this server made: whoever guesses has none.</param>
internal sealed record TokenCaller(string? ClientId, string? Address, bool SendsProof, bool HoldsOurToken)
{
    /// <summary>The key under which failures of this client from this address are counted.</summary>
    public string? ClientAtAddress => ClientId is null || Address is null ? null : $"{Address}\n{ClientId}";

    public static async ValueTask<TokenCaller> ReadAsync(
        HttpContext context,
        string? address,
        RefreshRotation rotation,
        CancellationToken cancellationToken
    )
    {
        // A form anywhere else was not looked at by BrokenFormMiddleware, and says nothing there.
        if (!context.Request.HasFormContentType || context.GetEndpoint()?.Metadata.GetMetadata<OwnEndpoint>() is not { TakesForms: true })
        {
            return new TokenCaller(null, address, SendsProof: false, HoldsOurToken: false);
        }

        var form = await context.Request.ReadFormAsync(cancellationToken);
        var assertion = form[Parameters.ClientAssertion].ToString();
        var basic = ReadBasicId(context.Request.Headers.Authorization.ToString());
        var clientId = form[Parameters.ClientId] is [{ Length: > 0 } stated, ..]
            ? stated
            : basic ?? (assertion.Length > 0 ? ClientAssertion.Read(assertion)?.Subject : null);
        var isOurs =
            form[Parameters.RefreshToken] is [{ Length: > 0 } token] && await rotation.ReadAsync(token, cancellationToken) is not null;
        return new TokenCaller(
            clientId,
            address,
            assertion.Length > 0 || basic is not null || form.ContainsKey(Parameters.ClientSecret),
            isOurs
        );
    }

    private static string? ReadBasicId(string header)
    {
        const string Scheme = "Basic ";
        var buffer = new byte[header.Length];
        return
            header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64String(header[Scheme.Length..].Trim(), buffer, out var length)
            ? WebUtility.UrlDecode(Encoding.UTF8.GetString(buffer, 0, length).Split(':')[0])
            : null;
    }
}
