using System.Text.Json.Nodes;
using McpOidc.Federation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace McpOidc.Tests.Federation;

/// <summary>What an identity provider can do on a refresh: one row each, with what it must mean and the cause that the log must
/// name.</summary>
/// <param name="Answer">Responds to the request to the token endpoint.</param>
/// <param name="Meaning">What it means for the user; <see langword="null"/> for new tokens.</param>
/// <param name="Cause">The cause that the log names.</param>
public sealed record RefreshBehaviour(Func<HttpContext, Task> Answer, IdentityProviderFailure? Meaning, string Cause)
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>All of them, by description.</summary>
    public static IReadOnlyDictionary<string, RefreshBehaviour> All { get; } = Make();

    private static Dictionary<string, RefreshBehaviour> Make()
    {
        var all = new Dictionary<string, RefreshBehaviour>(StringComparer.Ordinal);
        // Tomcat 9 and later send an empty reason phrase, which clients ignore (RFC 9112 §4).
        foreach (var status in (int[])[408, 425, 429, 500, 501, 502, 503, 504, 507, 521, 599])
        {
            all[$"{status} without a reason phrase"] = Bare(status, IdentityProviderFailure.Away);
            all[$"{status} with a page"] = Text(status, "text/html", "<html>Sorry</html>", IdentityProviderFailure.Away, $"http_{status}");
            all[$"{status} with invalid_grant"] = Error(status, "invalid_grant", IdentityProviderFailure.Away);
        }

        foreach (var status in (int[])[401, 402, 403, 404, 405, 406, 410, 411, 413, 415, 421, 451])
        {
            all[$"{status} without a reason phrase"] = Bare(status, IdentityProviderFailure.Misconfigured);
            all[$"{status} with a page"] = Text(
                status,
                "text/html",
                "<html>Firewall</html>",
                IdentityProviderFailure.Misconfigured,
                $"http_{status}"
            );
        }

        // Spring, and gateways.
        foreach (var (status, word) in ((int, string)[])[(401, "Unauthorized"), (403, "Forbidden"), (404, "Not Found")])
        {
            all[$"{status} with the word {word}"] = Error(status, word, IdentityProviderFailure.Misconfigured, $"http_{status}");
        }

        // Auth0 returns invalid_grant with 403 (https://auth0.com/docs/secure/tokens/refresh-tokens/use-refresh-tokens), others with 401 or
        // 404.
        foreach (var status in (int[])[400, 401, 403, 404, 422])
        {
            foreach (var error in (string[])["invalid_grant", "INVALID_GRANT", "Invalid_Grant", " invalid_grant "])
            {
                all[$"{status} with '{error}'"] = Error(status, error, IdentityProviderFailure.Ended, "invalid_grant");
            }
        }

        // Dex 2.45.1 returns invalid_request for a deleted refresh token, LemonLDAP::NG for an expired one; interaction_required is Entra
        // ID's sign-in frequency (AADSTS70043).
        foreach (
            var error in (string[])
                [
                    "invalid_request",
                    "interaction_required",
                    "login_required",
                    "consent_required",
                    "access_denied",
                    "invalid_token",
                    "expired_token",
                    "mfa_required",
                    "account_disabled",
                    "user_not_found",
                ]
        )
        {
            all[$"400 with {error}"] = Error(400, error, IdentityProviderFailure.NeedsPerson);
            all[$"401 with {error}"] = Error(401, error, IdentityProviderFailure.NeedsPerson);
            all[$"403 with {error}"] = Error(403, error, IdentityProviderFailure.NeedsPerson);
        }

        foreach (
            var error in (string[])["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope", "invalid_target"]
        )
        {
            all[$"400 with {error}"] = Error(400, error, IdentityProviderFailure.Misconfigured);
            all[$"401 with {error}"] = Error(401, error, IdentityProviderFailure.Misconfigured);
        }

        foreach (var error in (string[])["temporarily_unavailable", "server_error", "slow_down"])
        {
            all[$"400 with {error}"] = Error(400, error, IdentityProviderFailure.Away);
        }

        AddBadRequests(all);
        AddSuccesses(all);
        return all;
    }

    private static void AddBadRequests(Dictionary<string, RefreshBehaviour> all)
    {
        all["400 without a reason phrase"] = Bare(400, IdentityProviderFailure.NeedsPerson);
        all["400 with glewlwyd's empty body"] = Text(400, null, "", IdentityProviderFailure.NeedsPerson, "http_400");
        foreach (
            var body in (string[])
                [
                    """{"errorCode":"E0000021"}""",
                    """{"error":{"code":7}}""",
                    """{"error":null}""",
                    """{"error":""}""",
                    """{"error":[]}""",
                    """{"error":"no good"}""",
                    """{"error":"<script>"}""",
                    "[]",
                    "null",
                    "\"x\"",
                    "{",
                    "\u0000",
                    """{"error":"invalid_grant","error":"x_y"}""",
                ]
        )
        {
            all[$"400 with {body}"] = Text(400, "application/json", body, IdentityProviderFailure.NeedsPerson, "http_400");
        }

        all["400 with an Entra ID code"] = Text(
            400,
            "application/json",
            """{"error":"interaction_required","error_description":"AADSTS70043: The refresh token has expired. Trace ID: 1"}""",
            IdentityProviderFailure.NeedsPerson,
            "interaction_required AADSTS70043"
        );
        all["400 as text"] = Text(400, "text/plain", """{"error":"invalid_grant"}""", IdentityProviderFailure.Ended, "invalid_grant");
        all["400 as JSON declared as a form"] = Text(
            400,
            Form,
            """{"error":"invalid_grant"}""",
            IdentityProviderFailure.Ended,
            "invalid_grant"
        );
        all["400 with a byte order mark"] = Text(
            400,
            "application/json",
            "\uFEFF{\"error\":\"invalid_grant\"}",
            IdentityProviderFailure.Ended,
            "invalid_grant"
        );
        all["400 in utf8"] = Text(
            400,
            "application/json; charset=utf8",
            """{"error":"invalid_grant"}""",
            IdentityProviderFailure.Ended,
            "invalid_grant"
        );
        all["302 to nowhere"] = new(
            http =>
            {
                http.Response.StatusCode = 302;
                return Task.CompletedTask;
            },
            IdentityProviderFailure.Misconfigured,
            "http_302"
        );
    }

    private static void AddSuccesses(Dictionary<string, RefreshBehaviour> all)
    {
        // A page from an intermediary, or half a response: no access token, and nothing about the user.
        foreach (
            var body in (string[])
                [
                    "",
                    "{}",
                    "[]",
                    "null",
                    "{",
                    "<html>",
                    """{"access_token":""}""",
                    """{"access_token":null}""",
                    """{"access_token":5}""",
                    """{"access_token":{}}""",
                    """{"token_type":"Bearer"}""",
                    """{"access_token":"a","access_token":"b"}""",
                ]
        )
        {
            all[$"200 with {body}"] = Text(200, "application/json", body, IdentityProviderFailure.Away, "no_access_token");
        }

        // Slack refuses with 200 (https://api.slack.com/authentication/rotation).
        all["200 with Slack's refusal"] = Text(
            200,
            "application/json",
            """{"ok":false,"error":"invalid_refresh_token"}""",
            IdentityProviderFailure.NeedsPerson,
            "invalid_refresh_token"
        );
        all["200 with invalid_grant"] = Error(200, "invalid_grant", IdentityProviderFailure.Ended);
        all["200 with invalid_client"] = Error(200, "invalid_client", IdentityProviderFailure.Misconfigured);
        foreach (
            var expiry in (string[])
                [
                    "3600",
                    "\"3600\"",
                    "5.5e2",
                    "600.5",
                    "\"600.5\"",
                    "0",
                    "-1",
                    "null",
                    "\"\"",
                    "\"soon\"",
                    "99999999999",
                    "1e300",
                    "[]",
                    "{}",
                    "true",
                ]
        )
        {
            all[$"200 with expires_in {expiry}"] = Tokens($"\"expires_in\":{expiry},");
        }

        all["200 without expires_in"] = Tokens("");
        all["200 as text"] = Text(200, "text/plain", """{"access_token":"other"}""", null, "");
        all["200 as JSON declared as a form"] = Text(200, Form, """{"access_token":"other"}""", null, "");
        all["200 with a list of scopes"] = Tokens("\"scope\":[\"openid\",\"user:read:email\"],");
        all["200 with a refresh token that is none"] = Tokens("\"refresh_token\":7,");
        all["200 with a token type that is none"] = Tokens("\"token_type\":[],");
        foreach (var token in (string[])["\"garbage\"", "\"a.b.c\"", "\"..\"", "\"\"", "7", "null", "\"eyJhbGciOiJub25lIn0.e30.\""])
        {
            all[$"200 with the id_token {token}"] = Tokens($"\"id_token\":{token},");
        }
    }

    private static RefreshBehaviour Tokens(string members) =>
        Text(200, "application/json", $$"""{{{members}}"access_token":"other"}""", null, "");

    private static RefreshBehaviour Error(int status, string error, IdentityProviderFailure meaning, string? cause = null) =>
        Text(status, "application/json", new JsonObject { ["error"] = error }.ToJsonString(), meaning, cause ?? error);

    private static RefreshBehaviour Bare(int status, IdentityProviderFailure meaning) =>
        new(
            http =>
            {
                http.Response.StatusCode = status;
                http.Features.Get<IHttpResponseFeature>()!.ReasonPhrase = " ";
                return Task.CompletedTask;
            },
            meaning,
            $"http_{status}"
        );

    private static RefreshBehaviour Text(int status, string? mediaType, string body, IdentityProviderFailure? meaning, string cause) =>
        new(
            async http =>
            {
                (http.Response.StatusCode, http.Response.ContentType) = (status, mediaType);
                await http.Response.Body.WriteAsync(System.Text.Encoding.UTF8.GetBytes(body));
            },
            meaning,
            cause
        );
}
