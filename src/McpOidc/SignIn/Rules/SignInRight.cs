using System.Text.Json.Nodes;
using McpOidc.Audit;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Logout;
using McpOidc.Registration;
using McpOidc.Sessions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Rules;

/// <summary>Decides who may sign in and with which scopes: by the configured rules, then by the application's policies.</summary>
internal sealed partial class SignInRight(
    IEnumerable<ISignInPolicy> policies,
    IOptions<McpOidcOptions> settings,
    IdentityProviders providers,
    UserSignOut signOut,
    AuditLog audit,
    TimeProvider clock,
    ILogger<SignInRight> logger
)
{
    private readonly ISignInPolicy[] _policies = [.. policies];

    private IEnumerable<ScopeOptions> Required => settings.Value.Scopes.Where(scope => scope.Require.Count > 0);

    /// <summary>Whether rules or policies apply to a provider's users, so that their claims must be current.</summary>
    public bool IsAskedOf(IdentityProviderOptions provider) =>
        provider.ReadClaimsAgain || provider.Allow.Count + provider.Deny.Count + _policies.Length > 0 || Required.Any();

    /// <summary>Whether a user's claims are too old for a decision.</summary>
    public bool AreClaimsOld(UserRecord user, IdentityProviderOptions provider) =>
        IsAskedOf(provider) && AgeOfClaims(user) >= provider.ClaimsLifetime;

    /// <summary>The age of a user's claims.</summary>
    public TimeSpan AgeOfClaims(UserRecord user) => clock.GetUtcNow() - (user.ClaimsReadAt ?? user.SignedInAt);

    /// <summary>The claims that rules need.</summary>
    public IEnumerable<string> ClaimsOf(IdentityProviderOptions provider) =>
        RuleBook.ClaimsIn(provider.Allow.Concat(provider.Deny).Concat(Required.SelectMany(scope => scope.Require)), provider);

    /// <summary>The scopes that are restricted to some users.</summary>
    public string[] FindHeldBack(IEnumerable<string> scopes) => [.. scopes.Intersect(Required.Select(scope => scope.Name))];

    /// <summary>Whether the user must sign in again: to update the claims, or because the provider is no longer configured.</summary>
    public bool NeedsSignIn(UserRecord user) =>
        providers.Find(user.ProviderName) is not { Options: var provider } || AreClaimsOld(user, provider);

    /// <summary>Decides about a user who signed in before. If the provider is no longer configured, no rule can be asked: what the user
    /// has goes on, without the scopes that are restricted to some users.</summary>
    public ValueTask<SignInVerdict> JudgeAsync(UserRecord user, JudgedRequest request, CancellationToken cancellationToken) =>
        providers.Find(user.ProviderName) is { } provider
            ? JudgeAsync(JudgedPerson.Of(user, provider), request, cancellationToken)
            : new(new SignInVerdict([.. request.Scopes.Except(FindHeldBack(request.Scopes))], Refusal: null));

    /// <summary>Decides about a user, and logs a rejection.</summary>
    public async ValueTask<SignInVerdict> JudgeAsync(JudgedPerson person, JudgedRequest request, CancellationToken cancellationToken)
    {
        var told = new ToldPerson(person.ProviderSubject, person.Claims);
        var refusal = RuleBook.FindRefusal(told, person.Provider);
        IReadOnlyList<string> scopes = refusal is null ? LimitByRules(request.Scopes, told, person.Provider) : [];
        foreach (var policy in refusal is null ? _policies : [])
        {
            var decision = await policy.DecideAsync(
                new SignInPolicyRequest(person.Subject, person.Provider.Name, person.Claims.DeepClone().AsObject())
                {
                    ClientId = request.ClientId,
                    Resource = request.Resource,
                    Scopes = scopes,
                },
                cancellationToken
            );
            if (decision.Reason is { } reason)
            {
                refusal = new SignInRefusal("policy: " + Clean(reason)) { IsOfClient = true };
                break;
            }

            scopes = decision.Scopes is { } only ? [.. scopes.Where(only.Contains)] : scopes;
        }

        if (refusal is not null)
        {
            Note(person, request, refusal);
        }

        return new SignInVerdict(scopes, refusal);
    }

    /// <summary>Ends all grants of a user who may no longer sign in, as if the provider had ended the user.</summary>
    public Task EndAsync(string subject, CancellationToken cancellationToken) => signOut.EndAsync(subject, cancellationToken);

    private List<string> LimitByRules(IReadOnlyList<string> scopes, ToldPerson person, IdentityProviderOptions provider)
    {
        var allowed = new List<string>();
        foreach (var scope in scopes)
        {
            var rules = Required.FirstOrDefault(one => one.Name == scope)?.Require;
            if (rules is null || RuleBook.FindUnmet(rules, $"Scopes:{scope}:Require", person, provider) is not { } unmet)
            {
                allowed.Add(scope);
            }
            else if (unmet.Untold is { } claim)
            {
                LogScopeUntold(scope, unmet.Rule, claim);
            }
        }

        return allowed;
    }

    private void Note(JudgedPerson person, JudgedRequest request, SignInRefusal refusal)
    {
        var client = request.ClientId is null ? Interaction.PageClient : ClientIdDigest.Of(request.ClientId);
        if (refusal.Untold is { } claim)
        {
            LogUntold(person.Subject, refusal.Rule, claim);
        }
        else
        {
            LogRefused(person.Subject, client, refusal.Rule);
        }

        audit.SignInRefused(person.Subject, client, refusal.Rule);
    }

    private static string Clean(string text) => string.Concat(text.Select(character => char.IsControl(character) ? ' ' : character));

    [LoggerMessage(2901, LogLevel.Information, "User {Subject} may not sign in with client {ClientId}: rule {Rule}.")]
    private partial void LogRefused(string subject, string clientId, string rule);

    [LoggerMessage(
        2902,
        LogLevel.Warning,
        "User {Subject} may not sign in, because rule {Rule} needs the claim {Claim}, which the identity provider omitted: the user "
            + "has too many groups for a token (Entra ID's overage). Configure it to send app roles, or only assigned groups."
    )]
    private partial void LogUntold(string subject, string rule, string claim);

    [LoggerMessage(
        2903,
        LogLevel.Warning,
        "Scope {Scope} was not granted, because rule {Rule} needs the claim {Claim}, which the identity provider omitted: the user "
            + "has too many groups for a token (Entra ID's overage). Configure it to send app roles, or only assigned groups."
    )]
    private partial void LogScopeUntold(string scope, string rule, string claim);
}

/// <summary>The user to decide about.</summary>
/// <param name="Subject">The <c>sub</c> here.</param>
/// <param name="ProviderSubject">The <c>sub</c> at the provider.</param>
/// <param name="Claims">The user's claims.</param>
/// <param name="Provider">Its settings.</param>
internal sealed record JudgedPerson(string Subject, string ProviderSubject, JsonObject Claims, IdentityProviderOptions Provider)
{
    public static JudgedPerson Of(UserRecord user, ConfiguredProvider provider) =>
        new(user.Subject, user.IdentityProviderSubject, user.Claims, provider.Options);
}

/// <summary>What the user requests.</summary>
/// <param name="ClientId">The client; <see langword="null"/> for a page of this server.</param>
/// <param name="Resource">Its resource.</param>
/// <param name="Scopes">The scopes that would be granted.</param>
internal sealed record JudgedRequest(string? ClientId, string? Resource, IReadOnlyList<string> Scopes);

/// <summary>Whether a user may sign in.</summary>
/// <param name="Scopes">The allowed scopes, of those requested.</param>
/// <param name="Refusal">Why sign-in is not allowed.</param>
internal sealed record SignInVerdict(IReadOnlyList<string> Scopes, SignInRefusal? Refusal);
