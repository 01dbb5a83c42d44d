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

/// <summary>Who may sign in, and which scopes they may have: by the rules of the settings, then by the application's policies.</summary>
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

    /// <summary>Whether anything is asked about the people of a provider, so that what it says of them has to be up to date.</summary>
    public bool IsAskedOf(IdentityProviderOptions provider) =>
        provider.ReadClaimsAgain || provider.Allow.Count + provider.Deny.Count + _policies.Length > 0 || Required.Any();

    /// <summary>Whether what the provider said of a person is too old to judge by.</summary>
    public bool AreClaimsOld(UserRecord user, IdentityProviderOptions provider) =>
        IsAskedOf(provider) && AgeOfClaims(user) >= provider.ClaimsLifetime;

    /// <summary>How long ago the provider said what is known of a person.</summary>
    public TimeSpan AgeOfClaims(UserRecord user) => clock.GetUtcNow() - (user.ClaimsReadAt ?? user.SignedInAt);

    /// <summary>The claims that are asked for.</summary>
    public IEnumerable<string> ClaimsOf(IdentityProviderOptions provider) =>
        RuleBook.ClaimsIn(provider.Allow.Concat(provider.Deny).Concat(Required.SelectMany(scope => scope.Require)), provider);

    /// <summary>The scopes that not everybody may have.</summary>
    public string[] FindHeldBack(IEnumerable<string> scopes) => [.. scopes.Intersect(Required.Select(scope => scope.Name))];

    /// <summary>Whether the person has to sign in for the provider to say anew what it knows.</summary>
    public bool NeedsSignIn(UserRecord user) =>
        providers.Find(user.ProviderName) is { Options: var provider } && AreClaimsOld(user, provider);

    /// <summary>Judges a person who signed in before. Of one whose provider is not configured any more nothing is known.</summary>
    public ValueTask<SignInVerdict> JudgeAsync(UserRecord user, JudgedRequest request, CancellationToken cancellationToken) =>
        providers.Find(user.ProviderName) is { } provider
            ? JudgeAsync(JudgedPerson.Of(user, provider), request, cancellationToken)
            : new(new SignInVerdict([.. request.Scopes.Except(FindHeldBack(request.Scopes))], Refusal: null));

    /// <summary>Judges a person, and writes down a refusal.</summary>
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

    /// <summary>Ends everything of a person who may not sign in any more, as the provider does that ends a person.</summary>
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

    [LoggerMessage(2901, LogLevel.Information, "User {Subject} may not sign in by client {ClientId}: rule {Rule}.")]
    private partial void LogRefused(string subject, string clientId, string rule);

    [LoggerMessage(
        2902,
        LogLevel.Warning,
        "User {Subject} may not sign in, because rule {Rule} asks for the claim {Claim} and the identity provider left it out: the person "
            + "has too many groups for a token (Entra ID's overage). Let it send only groups assigned to the application, or app roles."
    )]
    private partial void LogUntold(string subject, string rule, string claim);

    [LoggerMessage(
        2903,
        LogLevel.Warning,
        "Scope {Scope} was not granted, because rule {Rule} asks for the claim {Claim} and the identity provider left it out: the person "
            + "has too many groups for a token (Entra ID's overage). Let it send only groups assigned to the application, or app roles."
    )]
    private partial void LogScopeUntold(string scope, string rule, string claim);
}

/// <summary>Who is judged.</summary>
/// <param name="Subject">The <c>sub</c> here.</param>
/// <param name="ProviderSubject">The <c>sub</c> at the provider.</param>
/// <param name="Claims">What the provider says.</param>
/// <param name="Provider">Its settings.</param>
internal sealed record JudgedPerson(string Subject, string ProviderSubject, JsonObject Claims, IdentityProviderOptions Provider)
{
    public static JudgedPerson Of(UserRecord user, ConfiguredProvider provider) =>
        new(user.Subject, user.IdentityProviderSubject, user.Claims, provider.Options);
}

/// <summary>What a person is judged for.</summary>
/// <param name="ClientId">The client; <see langword="null"/> for a page of this server.</param>
/// <param name="Resource">Its resource.</param>
/// <param name="Scopes">What would be granted.</param>
internal sealed record JudgedRequest(string? ClientId, string? Resource, IReadOnlyList<string> Scopes);

/// <summary>Whether a person may sign in.</summary>
/// <param name="Scopes">The scopes that they may have, of those asked for.</param>
/// <param name="Refusal">Why they may not.</param>
internal sealed record SignInVerdict(IReadOnlyList<string> Scopes, SignInRefusal? Refusal);
