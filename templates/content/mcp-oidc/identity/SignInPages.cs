using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;

namespace McpOidcApp;

/// <summary>Pages to sign in with a passkey and to add one; Identity's stock pages have none.</summary>
internal static class SignInPages
{
    public const string Path = "/sign-in";

    public static void MapSignInPages(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (string? returnUrl) => Page("Sign in", SignInBody(returnUrl)));
        endpoints.MapPost(
            Path + "/options",
            async (SignInManager<IdentityUser> signIn) => Json(await signIn.MakePasskeyRequestOptionsAsync(null))
        );
        endpoints.MapPost(Path, SignInAsync);

        var own = endpoints.MapGroup("/passkeys").RequireAuthorization();
        own.MapGet("", (ClaimsPrincipal user) => Page("Your passkeys", PasskeysBody(user.Identity?.Name)));
        own.MapPost("/options", OfferAsync);
        own.MapPost("", AddAsync);
    }

    private static async Task<IResult> SignInAsync(JsonElement credential, SignInManager<IdentityUser> signIn) =>
        (await signIn.PasskeySignInAsync(credential.GetRawText())).Succeeded ? Results.NoContent() : Results.Unauthorized();

    private static async Task<IResult> OfferAsync(ClaimsPrincipal principal, SignInManager<IdentityUser> signIn)
    {
        if (await signIn.UserManager.GetUserAsync(principal) is not { UserName: { } name } user)
        {
            return Results.Unauthorized();
        }

        return Json(
            await signIn.MakePasskeyCreationOptionsAsync(
                new PasskeyUserEntity
                {
                    Id = user.Id,
                    Name = name,
                    DisplayName = name,
                }
            )
        );
    }

    private static async Task<IResult> AddAsync(JsonElement credential, ClaimsPrincipal principal, SignInManager<IdentityUser> signIn)
    {
        var attestation = await signIn.PerformPasskeyAttestationAsync(credential.GetRawText());
        return
            attestation.Succeeded
            && await signIn.UserManager.GetUserAsync(principal) is { } user
            && (await signIn.UserManager.AddOrUpdatePasskeyAsync(user, attestation.Passkey)).Succeeded
            ? Results.NoContent()
            : Results.BadRequest();
    }

    private static string SignInBody(string? returnUrl)
    {
        // Never redirect to another site.
        var target = returnUrl is { Length: > 0 } path && path[0] == '/' && !path.StartsWith("//") && !path.StartsWith("/\\") ? path : "/";
        return $$"""
            <p><button id="passkey">Sign in with a passkey</button></p>
            <p><a href="/Identity/Account/Login?ReturnUrl={{Uri.EscapeDataString(target)}}">Sign in with a password</a></p>
            <p><a href="/Identity/Account/Register?ReturnUrl={{Uri.EscapeDataString(target)}}">Register</a></p>
            <p id="problem" role="alert"></p>
            <script type="module">
            on('passkey', async () => {
              const options = PublicKeyCredential.parseRequestOptionsFromJSON(await ask('{{Path}}/options'));
              await ask('{{Path}}', await navigator.credentials.get({ publicKey: options }));
              location.assign({{JsonSerializer.Serialize(target)}});
            });
            </script>
            """;
    }

    private static string PasskeysBody(string? name) =>
        $$"""
            <p>You are signed in as {{WebUtility.HtmlEncode(name)}}. <a href="/Identity/Account/Manage">Your account</a></p>
            <p><button id="add">Add a passkey</button></p>
            <p id="problem" role="alert"></p>
            <script type="module">
            on('add', async () => {
              const options = PublicKeyCredential.parseCreationOptionsFromJSON(await ask('/passkeys/options'));
              await ask('/passkeys', await navigator.credentials.create({ publicKey: options }));
              location.assign('/passkeys?added');
            });
            </script>
            """;

    private static IResult Page(string title, string body) =>
        Results.Content(
            $$"""
            <!doctype html>
            <html lang="en">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{title}}</title></head>
            <body>
            <script>
            const on = (id, act) => document.getElementById(id).addEventListener('click', () =>
              act().catch(error => document.getElementById('problem').textContent = error.message));
            const ask = async (url, sent) => {
              const headers = { 'Content-Type': 'application/json' };
              const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(sent ?? {}) });
              if (!answer.ok) throw new Error('That did not work. Try again, or use your password.');
              return answer.status === 204 ? undefined : answer.json();
            };
            </script>
            <main><h1>{{title}}</h1>
            {{body}}
            </main>
            </body>
            </html>
            """,
            "text/html; charset=utf-8"
        );

    private static IResult Json(string options) => Results.Content(options, "application/json");
}
