using System.Text.Json;
using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.Federation;

namespace McpOidc.SignIn.Rules;

/// <summary>Evaluates the configured rules for a user's claims.</summary>
internal static class RuleBook
{
    private static readonly string[] s_gmail = ["gmail.com", "googlemail.com"];

    /// <summary>Why a user may not sign in; <see langword="null"/> if allowed. An unknown result allows nothing.</summary>
    public static SignInRefusal? FindRefusal(ToldPerson person, IdentityProviderOptions provider)
    {
        SignInRefusal? untold = null;
        foreach (var (rule, place) in Named(provider.Deny, nameof(provider.Deny)))
        {
            switch (Ask(rule, person, provider, denies: true))
            {
                case RuleAnswer.Yes:
                    return new SignInRefusal(place);
                case RuleAnswer.Untold:
                    untold ??= new SignInRefusal(place) { Untold = UntoldIn(rule, person, provider) };
                    break;
            }
        }

        if (untold is not null || provider.Allow.Count == 0)
        {
            return untold;
        }

        return FindUnmet(provider.Allow, nameof(provider.Allow), person, provider);
    }

    /// <summary>Why none of several rules matches; <see langword="null"/> if one does.</summary>
    public static SignInRefusal? FindUnmet(IList<UserRule> rules, string list, ToldPerson person, IdentityProviderOptions provider)
    {
        SignInRefusal? untold = null;
        foreach (var (rule, place) in Named(rules, list))
        {
            switch (Ask(rule, person, provider, denies: false))
            {
                case RuleAnswer.Yes:
                    return null;
                case RuleAnswer.Untold:
                    untold ??= new SignInRefusal(place) { Untold = UntoldIn(rule, person, provider) };
                    break;
            }
        }

        return untold ?? new SignInRefusal(list);
    }

    /// <summary>The claims that the rules of a provider need.</summary>
    public static IEnumerable<string> ClaimsIn(IEnumerable<UserRule> rules, IdentityProviderOptions provider) =>
        rules
            .SelectMany(rule =>
                rule.Claims.Select(claim => claim.Claim)
                    .Concat(rule.Groups.Count > 0 ? [provider.GroupsClaim] : [])
                    .Select(path => ClaimPath.Parse(path)?.Root ?? "")
                    .Concat(rule.EmailDomains.Count > 0 ? ["email", "email_verified"] : [])
                    .Concat(rule.EntraEmailDomains.Count > 0 ? ["email", "xms_edov"] : [])
            )
            .Distinct(StringComparer.Ordinal);

    private static IEnumerable<(UserRule Rule, string Place)> Named(IEnumerable<UserRule> rules, string list) =>
        rules.Select((rule, index) => (rule, rule.Name is { Length: > 0 } name ? name : $"{list}:{index}"));

    // A definite mismatch decides, even if other conditions are unknown.
    private static RuleAnswer Ask(UserRule rule, ToldPerson person, IdentityProviderOptions provider, bool denies)
    {
        var answers = Conditions(rule, person, provider, denies).ToList();
        return answers.Count == 0 || answers.Contains(RuleAnswer.No) ? RuleAnswer.No
            : answers.Contains(RuleAnswer.Untold) ? RuleAnswer.Untold
            : RuleAnswer.Yes;
    }

    private static IEnumerable<RuleAnswer> Conditions(UserRule rule, ToldPerson person, IdentityProviderOptions provider, bool denies)
    {
        foreach (var claim in rule.Claims)
        {
            yield return Has(person.Claims, claim.Claim, claim.Values);
        }

        if (rule.Groups.Count > 0)
        {
            yield return Has(person.Claims, provider.GroupsClaim, rule.Groups);
        }

        if (rule.Subjects.Count > 0)
        {
            yield return Answer(rule.Subjects.Contains(person.ProviderSubject, StringComparer.Ordinal));
        }

        if (rule.EmailDomains.Count > 0)
        {
            yield return IsOf(rule.EmailDomains, person.Claims, denies || IsVerified(person.Claims, provider), denies);
        }

        if (rule.EntraEmailDomains.Count > 0)
        {
            yield return IsOf(rule.EntraEmailDomains, person.Claims, denies || IsTrue(person.Claims["xms_edov"]), denies);
        }
    }

    private static RuleAnswer Answer(bool holds) => holds ? RuleAnswer.Yes : RuleAnswer.No;

    private static RuleAnswer Has(JsonObject claims, string path, IList<string> wanted)
    {
        // The validator has rejected invalid paths.
        var claim = ClaimPath.Parse(path)!;
        return claim.IsUntoldIn(claims)
            ? RuleAnswer.Untold
            : Answer(claim.ReadFrom(claims).Any(value => wanted.Any(pattern => Glob.Matches(pattern, value))));
    }

    // An invalid address, or several, could belong to any domain: they match no allowing rule, and every denying one.
    private static RuleAnswer IsOf(IList<string> domains, JsonObject claims, bool counts, bool denies) =>
        !counts || claims["email"] is not { } claim || claim.ToString().Length == 0 ? RuleAnswer.No
        : EmailDomain.Of(claims.TextOf("email")) is { } domain ? Answer(domains.Any(wanted => EmailDomain.Normalize(wanted) == domain))
        : Answer(denies);

    // Google marks an address as verified even if it was verified long ago; it is authoritative only for its own domains and those of
    // organisations.
    private static bool IsVerified(JsonObject claims, IdentityProviderOptions provider) =>
        IsTrue(claims["email_verified"])
        && (
            !provider.IsGoogle
            || claims.TextOf("hd") is { Length: > 0 }
            || s_gmail.Contains(EmailDomain.Of(claims.TextOf("email")), StringComparer.Ordinal)
        );

    // Cognito and Apple send "true", and Entra ID sends 1.
    private static bool IsTrue(JsonNode? claim) =>
        claim?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.String => claim.GetValue<string>() is "true" or "1",
            JsonValueKind.Number => claim.ToJsonString() == "1",
            _ => false,
        };

    private static string UntoldIn(UserRule rule, ToldPerson person, IdentityProviderOptions provider) =>
        rule
            .Claims.Select(claim => claim.Claim)
            .Concat(rule.Groups.Count > 0 ? [provider.GroupsClaim] : [])
            .First(path => ClaimPath.Parse(path)!.IsUntoldIn(person.Claims));
}

/// <summary>A user as described by an identity provider.</summary>
/// <param name="ProviderSubject">The <c>sub</c> at the provider.</param>
/// <param name="Claims">The user's claims.</param>
internal sealed record ToldPerson(string ProviderSubject, JsonObject Claims);

/// <summary>Why a user may not sign in, or not have a scope.</summary>
/// <param name="Rule">The rule that decided, by its name or place in the settings; never one of the user's claims.</param>
internal sealed record SignInRefusal(string Rule)
{
    /// <summary>The claim that the provider omitted; absent if the rule could be evaluated.</summary>
    public string? Untold { get; init; }

    /// <summary>Whether it concerns only this client and resource.</summary>
    public bool IsOfClient { get; init; }
}
