using System.Text.Json.Nodes;
using McpOidc.Configuration;
using McpOidc.SignIn.Rules;

namespace McpOidc.Tests.SignIn.Rules;

/// <summary>How rules judge users: <c>Deny</c> wins, unknown claims grant nothing, and any shape of claim is handled.</summary>
public sealed class RuleBookTests
{
    private static readonly IdentityProviderPreset[] s_any = [IdentityProviderPreset.None];

    [Theory]
    [InlineData("a@example.com", true)]
    [InlineData("a@EXAMPLE.com", true)]
    [InlineData("a@evil-example.com", false)]
    [InlineData("a@sub.example.com", false)]
    [InlineData("a@example.com.evil.com", false)]
    [InlineData("a@evil.com@example.com", false)]
    [InlineData("\"a@evil.com\"@example.com", false)]
    [InlineData("@example.com", false)]
    [InlineData("a@", false)]
    [InlineData("example.com", false)]
    [InlineData("a@example.com.", false)]
    [InlineData("a@example.com ", false)]
    [InlineData("a@example.com\r\nbcc: x", false)]
    [InlineData("a@example\u0000.com", false)]
    [InlineData("a@examp1e.com", false)]
    [InlineData("a@\u0435xample.com", false)]
    public void An_email_domain_is_compared_exactly(string email, bool isAllowed) =>
        Assert.Equal(isAllowed, IsAllowed(Claims(email), rule => rule.EmailDomains.Add("Example.com")));

    [Theory]
    [InlineData("bücher.example", "a@xn--bcher-kva.example")]
    [InlineData("xn--bcher-kva.example", "a@BÜCHER.example")]
    [InlineData("bücher.example", "a@bücher.example")]
    public void An_international_domain_is_the_same_in_both_spellings(string domain, string email) =>
        Assert.True(IsAllowed(Claims(email), rule => rule.EmailDomains.Add(domain)));

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("null", false)]
    [InlineData("[true]", false)]
    [InlineData("\"TRUE \"", false)]
    public void An_unverified_address_does_not_allow_sign_in(string verified, bool isAllowed)
    {
        var claims = Claims("a@example.com");
        claims["email_verified"] = JsonNode.Parse(verified);
        Assert.Equal(isAllowed, IsAllowed(claims, rule => rule.EmailDomains.Add("example.com")));
    }

    [Theory]
    [InlineData("a@example.com.", true)]
    [InlineData("\"a\"@x@example.com", true)]
    [InlineData("a@example.com ", true)]
    [InlineData("@example.com", true)]
    [InlineData("example.com", true)]
    [InlineData("a@other.example", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void An_unreadable_address_does_not_get_past_a_denied_domain(string? email, bool isDenied)
    {
        var options = new IdentityProviderOptions();
        options.Deny.Add(new UserRule { EmailDomains = { "example.com" } });
        Assert.Equal(isDenied, Refusal(new JsonObject { ["email"] = email }, options) is not null);
    }

    // An application whose principal has two addresses, and values that are no address at all.
    [Theory]
    [InlineData("""["a@other.example","a@example.com"]""")]
    [InlineData("""{"value":"a@example.com"}""")]
    [InlineData("7")]
    public void Several_addresses_neither_pass_a_denied_domain_nor_open_an_allowed_one(string email)
    {
        var claims = new JsonObject { ["email"] = JsonNode.Parse(email), ["email_verified"] = true };
        Assert.False(IsAllowed(claims, rule => rule.EmailDomains.Add("example.com")));
        var options = new IdentityProviderOptions();
        options.Deny.Add(new UserRule { EmailDomains = { "example.com" } });
        Assert.Equal("Deny:0", Refusal(claims, options)?.Rule);
    }

    [Fact]
    public void An_unverified_address_is_still_denied()
    {
        var options = new IdentityProviderOptions();
        options.Deny.Add(new UserRule { EmailDomains = { "example.com" } });
        Assert.Equal("Deny:0", Refusal(new JsonObject { ["email"] = "a@example.com" }, options)?.Rule);
    }

    [Theory]
    [InlineData("a@example.com", null, false)]
    [InlineData("a@example.com", "example.com", true)]
    [InlineData("a@gmail.com", null, true)]
    public void Google_is_trusted_for_its_own_addresses_and_those_of_organizations(string email, string? organisation, bool isAllowed)
    {
        var claims = Claims(email);
        claims["hd"] = organisation;
        Assert.Equal(
            isAllowed,
            IsAllowed(
                claims,
                rule => (rule.EmailDomains as List<string>)!.AddRange(["example.com", "gmail.com"]),
                IdentityProviderPreset.Google
            )
        );
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("1", true)]
    [InlineData("\"1\"", true)]
    [InlineData("false", false)]
    [InlineData("null", false)]
    public void Entra_ID_is_trusted_if_it_knows_the_owner_of_the_domain(string edov, bool isAllowed)
    {
        var claims = new JsonObject { ["email"] = "a@example.com", ["xms_edov"] = JsonNode.Parse(edov) };
        Assert.Equal(isAllowed, IsAllowed(claims, rule => rule.EntraEmailDomains.Add("example.com"), IdentityProviderPreset.EntraId));
    }

    [Fact]
    public void All_conditions_of_a_rule_must_hold_and_one_of_several_rules_is_enough()
    {
        var options = new IdentityProviderOptions();
        options.Allow.Add(new UserRule { EmailDomains = { "example.com" }, Groups = { "staff" } });
        options.Allow.Add(new UserRule { Subjects = { "guest" } });
        var claims = Claims("a@example.com");
        Assert.Equal("Allow", Refusal(claims, options)?.Rule);
        Assert.Null(Refusal(claims, options, "guest"));
        claims["groups"] = new JsonArray("staff");
        Assert.Null(Refusal(claims, options));
    }

    [Fact]
    public void Deny_takes_precedence_over_Allow_and_is_identified_by_its_name()
    {
        var options = new IdentityProviderOptions();
        options.Allow.Add(new UserRule { Groups = { "*" } });
        options.Deny.Add(new UserRule { Groups = { "never" } });
        options.Deny.Add(new UserRule { Name = "Former staff", Groups = { "former-*" } });
        Assert.Null(Refusal(new JsonObject { ["groups"] = new JsonArray("staff") }, options));
        Assert.Equal("Former staff", Refusal(new JsonObject { ["groups"] = new JsonArray("staff", "former-staff") }, options)?.Rule);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Groups_omitted_by_the_provider_neither_allow_nor_deny_silently(bool denies)
    {
        var options = new IdentityProviderOptions();
        (denies ? options.Deny : options.Allow).Add(new UserRule { Groups = { "staff" } });
        var claims = new JsonObject { ["_claim_names"] = new JsonObject { ["groups"] = "src1" } };
        Assert.Equal("groups", Refusal(claims, options)?.Untold);

        // Irrelevant if another rule decides.
        options.Allow.Add(new UserRule { Subjects = { "person" } });
        Assert.Equal(denies ? "groups" : null, Refusal(claims, options)?.Untold);
        options.Deny.Add(new UserRule { Subjects = { "person" } });
        Assert.Equal((null, denies ? "Deny:1" : "Deny:0"), (Refusal(claims, options)?.Untold, Refusal(claims, options)?.Rule));
    }

    [Theory]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("a*c", "acd", false)]
    [InlineData("*", "", true)]
    [InlineData("a*a", "a", false)]
    [InlineData("*a*b*", "xaybz", true)]
    [InlineData("*a*b*", "xbya", false)]
    [InlineData("a.c", "abc", false)]
    [InlineData("A", "a", false)]
    [InlineData("", "a", false)]
    public void An_asterisk_matches_any_characters(string pattern, string value, bool matches) =>
        Assert.Equal(matches, Glob.Matches(pattern, value));

    // For any value and any shape of claim: exactly one value, in any position, admits the user; without it, access is denied.
    [Fact]
    public void A_claim_of_any_shape_admits_a_person_if_and_only_if_it_contains_the_value()
    {
        var random = new Random(20261130);
        for (var round = 0; round < 2_000; round++)
        {
            var values = Enumerable.Range(0, random.Next(0, random.Next(4) == 0 ? 500 : 4)).Select(_ => Word(random)).ToArray();
            var has = random.Next(2) == 0;
            values = has ? [.. values, "wanted"] : values;
            random.Shuffle(values);
            var names = Enumerable.Range(0, random.Next(1, 4)).Select(_ => Word(random) + (random.Next(3) == 0 ? ".x'y" : "")).ToArray();
            var claims = new JsonObject { [Word(random) + "?"] = "wanted", ["wanted"] = Word(random) };
            var shape = Shape(random, values);
            Put(claims, names, shape);
            var path = string.Join('.', names.Select(name => $"'{name.Replace("'", "''", StringComparison.Ordinal)}'"));
            var isThere = has && (shape is JsonArray or JsonObject || values[0] == "wanted");
            var options = new IdentityProviderOptions();
            options.Allow.Add(
                new UserRule
                {
                    Claims =
                    {
                        new ClaimRule { Claim = path, Values = { "wanted" } },
                    },
                }
            );
            Assert.True(isThere == Refusal(claims, options) is null, $"{path} = wanted in {claims.ToJsonString()}");
        }
    }

    private static JsonNode? Shape(Random random, string[] values) =>
        (values.Length, random.Next(3)) switch
        {
            (0, 0) => null,
            (<= 1, 1) => values.FirstOrDefault() ?? "",
            (_, 2) => new JsonObject(values.Distinct().Select(value => KeyValuePair.Create(value, (JsonNode?)new JsonObject()))),
            _ => new JsonArray([.. values.Select(value => (JsonNode?)value)]),
        };

    private static void Put(JsonObject claims, string[] names, JsonNode? value)
    {
        var at = claims;
        foreach (var name in names[..^1])
        {
            at[name] = at = [];
        }

        at[names[^1]] = value;
    }

    private static string Word(Random random) => string.Concat(Enumerable.Range(0, 6).Select(_ => (char)random.Next('a', 'z' + 1)));

    private static bool IsAllowed(JsonObject claims, Action<UserRule> rule, IdentityProviderPreset? preset = null)
    {
        var options = new IdentityProviderOptions { Preset = preset ?? s_any[0] };
        var allowed = new UserRule();
        rule(allowed);
        options.Allow.Add(allowed);
        return Refusal(claims, options) is null;
    }

    private static SignInRefusal? Refusal(JsonObject claims, IdentityProviderOptions options, string subject = "person") =>
        RuleBook.FindRefusal(new ToldPerson(subject, JsonNode.Parse(claims.ToJsonString())!.AsObject()), options);

    private static JsonObject Claims(string email) => new() { ["email"] = email, ["email_verified"] = true };
}
