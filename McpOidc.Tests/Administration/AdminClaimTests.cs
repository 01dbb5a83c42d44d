using System.Text.Json.Nodes;
using McpOidc.Administration;
using McpOidc.Configuration;
using McpOidc.Sessions;

namespace McpOidc.Tests.Administration;

/// <summary>Which users are operators by a claim.</summary>
public sealed class AdminClaimTests
{
    [Theory]
    [InlineData("roles", """{"roles":["user","operator"]}""", true)]
    [InlineData("roles", """{"roles":"operator"}""", true)]
    [InlineData("realm_access.roles", """{"realm_access":{"roles":["operator"]}}""", true)]
    [InlineData("https://example.com/roles", """{"https://example.com/roles":["operator"]}""", true)]
    [InlineData("roles", """{"roles":["operators","Operator"," operator"]}""", false)]
    [InlineData("roles", """{"roles":"user operator"}""", false)]
    [InlineData("roles", """{"roles":{"operator":true}}""", false)]
    [InlineData("roles", """{"roles":[["operator"],null,1]}""", false)]
    [InlineData("roles", """{}""", false)]
    [InlineData("realm_access.roles", """{"realm_access":["operator"]}""", false)]
    // A person who can name a claim would be an operator (ADR 0036).
    [InlineData("realm_access.roles", """{"realm_access.roles":["operator"]}""", false)]
    [InlineData("resource_access.'my.client'.roles", """{"resource_access":{"my.client":{"roles":["operator"]}}}""", true)]
    [InlineData("'example.com/roles'", """{"example.com/roles":["operator"]}""", true)]
    [InlineData("organizations.role", """{"organizations":[{"role":"guest"},{"role":"operator"}]}""", true)]
    public void The_claim_must_equal_the_value_or_be_a_list_that_contains_it(string claim, string claims, bool isOperator) =>
        Assert.Equal(isOperator, AdminClaim.IsOperator(Person(claims, ""), new AdminOptions { Claim = claim, Value = "operator" }));

    [Theory]
    [InlineData("true", """{"roles":true}""")]
    [InlineData("7", """{"roles":7}""")]
    public void A_claim_that_is_not_a_string_is_compared_by_its_JSON_text(string value, string claims) =>
        Assert.True(AdminClaim.IsOperator(Person(claims, ""), new AdminOptions { Claim = "roles", Value = value }));

    [Theory]
    [InlineData(null, "", true)]
    [InlineData(null, "partners", false)]
    [InlineData("staff", "staff", true)]
    [InlineData("Staff", "staff", true)]
    [InlineData("staff", "partners", false)]
    [InlineData("staff", "", false)]
    public void Only_the_configured_provider_decides_who_is_an_operator(string? configured, string provider, bool isOperator) =>
        Assert.Equal(
            isOperator,
            AdminClaim.IsOperator(
                Person("""{"roles":"operator"}""", provider),
                new AdminOptions
                {
                    Claim = "roles",
                    Value = "operator",
                    Provider = configured,
                }
            )
        );

    [Fact]
    public void No_person_is_an_operator_when_nothing_is_configured() =>
        Assert.False(AdminClaim.IsOperator(Person("""{"roles":"","":""}""", ""), new AdminOptions()));

    private static UserRecord Person(string claims, string provider) =>
        new()
        {
            Subject = "s",
            Provider = "https://idp.example",
            ProviderName = provider,
            IdentityProviderSubject = "u",
            Claims = JsonNode.Parse(claims)!.AsObject(),
            SignedInAt = default,
            ExpiresAt = default,
        };
}
