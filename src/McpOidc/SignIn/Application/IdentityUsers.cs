using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpOidc.SignIn.Application;

/// <summary>The users of ASP.NET Core Identity.</summary>
internal sealed class IdentityUsers<TUser>(SignInManager<TUser> signIn, TimeProvider clock) : IApplicationUsers
    where TUser : class
{
    private UserManager<TUser> Users => signIn.UserManager;

    public async ValueTask<ApplicationUser?> FindAsync(string subject, CancellationToken cancellationToken)
    {
        if (
            await Users.FindByIdAsync(subject) is not { } user
            || !await signIn.CanSignInAsync(user)
            || (Users.SupportsUserLockout && await IsShutOutAsync(user))
        )
        {
            return null;
        }

        return new ApplicationUser
        {
            Stamp = Users.SupportsUserSecurityStamp ? await Users.GetSecurityStampAsync(user) : null,
            Claims = await ClaimsOfAsync(user),
        };
    }

    // Wrong passwords lock a user out for DefaultLockoutTimeSpan, and any stranger can enter them. Only an operator locks out for longer.
    private async Task<bool> IsShutOutAsync(TUser user) =>
        await Users.IsLockedOutAsync(user)
        && await Users.GetLockoutEndDateAsync(user) - clock.GetUtcNow() > Users.Options.Lockout.DefaultLockoutTimeSpan;

    private async Task<IEnumerable<Claim>> ClaimsOfAsync(TUser user)
    {
        var claims = (await signIn.CreateUserPrincipalAsync(user)).Claims;
        return Users.SupportsUserEmail
            ? claims.Append(
                new Claim("email_verified", await Users.IsEmailConfirmedAsync(user) ? "true" : "false", ClaimValueTypes.Boolean)
            )
            : claims;
    }
}

/// <summary>Uses the claim types that the application configured for ASP.NET Core Identity.</summary>
internal sealed class IdentityStampSetup(IOptions<IdentityOptions> identity) : IPostConfigureOptions<Configuration.ApplicationSignInOptions>
{
    public void PostConfigure(string? name, Configuration.ApplicationSignInOptions options)
    {
        options.StampClaim ??= identity.Value.ClaimsIdentity.SecurityStampClaimType;
        options.SubjectClaim ??= identity.Value.ClaimsIdentity.UserIdClaimType;
    }
}
