using System.Text;
using McpOidc.Doctor;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Doctor;

/// <summary>Providers differ in how they treat an unregistered redirect URI, and in whether they honor prompt=none.</summary>
public sealed class RedirectUriTests
{
    private const string Wrong = "https://auth.example.com/wrong";

    public static TheoryData<string> Providers => ["Keycloak", "Auth0", "Auth0, own error page", "Entra ID", "Google", "silent"];

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task An_unregistered_redirect_uri_is_a_problem(string provider) =>
        (await RunAsync(Refusal(provider), Wrong)).Problem("redirect uri", Wrong, "Register exactly");

    [Theory]
    [MemberData(nameof(Providers))]
    public async Task A_registered_redirect_URI_is_ok(string provider) =>
        (await RunAsync(Refusal(provider), StandInProvider.Registered)).Ok("redirect uri", "is registered");

    [Fact]
    public async Task A_provider_that_shows_its_page_is_judged_by_its_response_to_an_unregistered_uri() =>
        (
            await RunAsync(
                context => StandInProvider.IsRegistered(context) ? StandIn.Page("Sign in") : StandIn.Page("No.", 400),
                StandInProvider.Registered
            )
        ).Ok("redirect uri", "an error for an unregistered one");

    [Fact]
    public async Task A_provider_that_shows_its_page_for_any_uri_makes_the_check_inconclusive()
    {
        var report = await RunAsync(_ => StandIn.Page("Sign in"), Wrong);
        report.Warning("redirect uri", "It is unclear whether", "Register exactly");
        Assert.DoesNotContain(report.Findings, finding => finding.Check == "redirect uri" && finding.Outcome == DoctorOutcome.Problem);
        (await RunAsync(_ => Results.Redirect("/login?state=x"), Wrong)).Warning("redirect uri", "It is unclear whether");
    }

    [Theory]
    [InlineData(403)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_response_that_may_come_from_bot_protection_is_reported_as_inconclusive(int status) =>
        (await RunAsync(_ => StandIn.Page("Prove that you are a person", status), StandInProvider.Registered)).Warning(
            "redirect uri",
            "It is unclear whether",
            $"{status}"
        );

    [Theory]
    [InlineData("invalid_scope", "McpOidc__IdentityProvider__Scopes")]
    [InlineData("unauthorized_client", "authorization code")]
    public async Task An_error_returned_to_the_redirect_URI_is_reported(string error, string remedy) =>
        (
            await RunAsync(
                context => Results.Redirect(QueryHelpers.AddQueryString(context.Request.Query["redirect_uri"].ToString(), "error", error)),
                StandInProvider.Registered
            )
        ).Problem("redirect uri", error, remedy);

    [Fact]
    public async Task An_unspecific_error_is_a_warning() =>
        (
            await RunAsync(
                context =>
                    Results.Redirect(
                        QueryHelpers.AddQueryString(context.Request.Query["redirect_uri"].ToString(), "error", "server_error")
                    ),
                StandInProvider.Registered
            )
        ).Warning("redirect uri", "server_error");

    private static Func<HttpContext, IResult> Refusal(string provider) =>
        context =>
            StandInProvider.IsRegistered(context)
                ? StandInProvider.ComeBack(context)
                : provider switch
                {
                    "Keycloak" => StandIn.Page("Invalid parameter: redirect_uri", 400),
                    "Auth0" => StandIn.Page(
                        "Callback URL mismatch. The provided redirect_uri is not in the list of allowed callback URLs.",
                        403
                    ),
                    "Auth0, own error page" => Results.Redirect(
                        "https://errors.example.com/?error=invalid_request&error_description=Callback%20URL%20mismatch."
                    ),
                    "Entra ID" => StandIn.Page(
                        "AADSTS50011: The redirect URI specified in the request does not match the redirect URIs configured for the "
                            + "application."
                    ),
                    "Google" => Results.Redirect(
                        "https://accounts.example.com/signin/oauth/error?authError="
                            + Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes("\n\u0015redirect_uri_mismatch\u0012")))
                            + "&flowName=x"
                    ),
                    _ => StandIn.Page("Bad request", 400),
                };

    private static async Task<DoctorReport> RunAsync(Func<HttpContext, IResult> authorize, string redirectUri)
    {
        await using var provider = await StandInProvider.StartAsync();
        provider.Authorize = authorize;
        var settings = provider.Settings(Examine.Settings());
        settings["McpOidc:IdentityProvider:RedirectUri"] = redirectUri;
        return await Examine.RunAsync(settings);
    }
}
