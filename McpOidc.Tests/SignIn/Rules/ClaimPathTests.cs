using System.Text.Json.Nodes;
using McpOidc.Federation;

namespace McpOidc.Tests.SignIn.Rules;

/// <summary>The notation for claims in rules (ADR 0036): a path's meaning depends only on its text.</summary>
public sealed class ClaimPathTests
{
    [Theory]
    // The name as is.
    [InlineData("groups", """{"groups":"a"}""", "a")]
    [InlineData("groups", """{"groups":["a","b"]}""", "a b")]
    [InlineData("groups", """{"groups":[]}""", "")]
    [InlineData("groups", "{}", "")]
    [InlineData("groups", """{"groups":null}""", "")]
    [InlineData("groups", """{"groups":["a",null,7,true,{"x":true},["y"]]}""", "a 7 true")]
    [InlineData("level", """{"level":3}""", "3")]
    [InlineData("staff", """{"staff":true}""", "true")]
    // Keycloak.
    [InlineData("realm_access.roles", """{"realm_access":{"roles":["a","b"]}}""", "a b")]
    [InlineData("realm_access.roles", """{"realm_access.roles":["evil"]}""", "")]
    [InlineData("resource_access.'my.client'.roles", """{"resource_access":{"my.client":{"roles":["a"]}}}""", "a")]
    [InlineData("realm_access.roles", """{"realm_access":"roles"}""", "")]
    // Auth0 and Okta.
    [InlineData("https://example.com/roles", """{"https://example.com/roles":["a"]}""", "a")]
    [InlineData("https://example.com/roles", """{"https://example":{"com/roles":["evil"]}}""", "")]
    [InlineData("'https://example.com/app'.roles", """{"https://example.com/app":{"roles":["a"]}}""", "a")]
    [InlineData("'it''s'", """{"it's":"a"}""", "a")]
    [InlineData("' a '.b", """{" a ":{"b":"c"}}""", "c")]
    [InlineData("Zugehörigkeit/Gruppen", """{"Zugehörigkeit/Gruppen":["a"]}""", "a")]
    // Zitadel: an object of roles.
    [InlineData("urn:zitadel:iam:org:project:roles", """{"urn:zitadel:iam:org:project:roles":{"a":{"1":"x"},"b":true}}""", "a b")]
    [InlineData("permissions", """{"permissions":{"a":false,"b":null,"c":"text"}}""", "")]
    // Objects in arrays.
    [InlineData("teams.name", """{"teams":[{"name":"a"},{"name":"b"},"c"]}""", "a b")]
    [InlineData("cognito:groups", """{"cognito:groups":["a"]}""", "a")]
    public void A_claim_path_reads_the_expected_values(string path, string claims, string values) =>
        Assert.Equal(
            values.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            ClaimPath.Parse(path)!.ReadFrom(JsonNode.Parse(claims)!.AsObject())
        );

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(null)]
    [InlineData(".")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("'a")]
    [InlineData("'a'b")]
    [InlineData("a'b'")]
    [InlineData("''")]
    [InlineData("roles ")]
    [InlineData(" roles")]
    [InlineData("realm_access. roles")]
    [InlineData("https://example.com/roles\t")]
    public void Other_text_is_not_a_claim_path(string? text) => Assert.Null(ClaimPath.Parse(text));

    [Theory]
    [InlineData("""{"_claim_names":{"groups":"src1"}}""", true)]
    [InlineData("""{"hasgroups":true}""", true)]
    [InlineData("""{"hasgroups":"true"}""", true)]
    [InlineData("""{"hasgroups":false}""", false)]
    [InlineData("""{"_claim_names":{"groups":"src1"},"groups":null}""", true)]
    [InlineData("""{"_claim_names":{"groups":"src1"},"groups":["a"]}""", false)]
    [InlineData("""{"_claim_names":{"roles":"src1"}}""", false)]
    [InlineData("""{"_claim_names":"groups"}""", false)]
    [InlineData("{}", false)]
    public void A_claim_that_the_provider_omitted_for_size_is_detected(string claims, bool isUntold) =>
        Assert.Equal(isUntold, ClaimPath.Parse("groups")!.IsUntoldIn(JsonNode.Parse(claims)!.AsObject()));
}
