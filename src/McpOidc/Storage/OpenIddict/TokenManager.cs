using System.ComponentModel.DataAnnotations;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace McpOidc.Storage.OpenIddict;

/// <summary>OpenIddict's rules for tokens, with references that contain the key of their record.</summary>
internal sealed class TokenManager(
    IOpenIddictTokenCache<TokenEntity> cache,
    ILogger<OpenIddictTokenManager<TokenEntity>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictTokenStore<TokenEntity> store
) : OpenIddictTokenManager<TokenEntity>(cache, logger, options, store)
{
    // OpenIddict would also check whether another token has the same reference, which costs a read at every write. The id in it is 128
    // random bits, and the store adds only under an unused key.
    public override async IAsyncEnumerable<ValidationResult> ValidateAsync(
        TokenEntity token,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        if (string.IsNullOrEmpty(await Store.GetTypeAsync(token, cancellationToken)))
        {
            yield return new ValidationResult("The token has no type.");
        }

        if (string.IsNullOrEmpty(await Store.GetStatusAsync(token, cancellationToken)))
        {
            yield return new ValidationResult("The token has no status.");
        }
    }

    // OpenIddict treats every failure as a lost race and would tell the client that its request was already used. An unreachable store is
    // not a lost race.
    public override async ValueTask<bool> TryRedeemAsync(TokenEntity token, CancellationToken cancellationToken = default)
    {
        await Store.SetRedemptionDateAsync(token, Options.CurrentValue.TimeProvider.GetUtcNow(), cancellationToken);
        await Store.SetStatusAsync(token, OpenIddictConstants.Statuses.Redeemed, cancellationToken);
        try
        {
            await UpdateAsync(token, cancellationToken);
            return true;
        }
        catch (OpenIddictExceptions.ConcurrencyException)
        {
            return false;
        }
    }

    protected override ValueTask<string> ObfuscateReferenceIdAsync(string identifier, CancellationToken cancellationToken = default) =>
        new(TokenReference.Hash(identifier));
}
