using McpOidc.Federation;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.SignIn.Application;

/// <summary>Looks up the application's users if it registered <see cref="IApplicationUsers"/>.</summary>
internal sealed class ApplicationPeople(IServiceScopeFactory scopes, IServiceProviderIsService services)
{
    /// <summary>Whether the application can look up users. Otherwise every user counts as existing.</summary>
    public bool CanTell { get; } = services.IsService(typeof(IApplicationUsers));

    /// <returns><see langword="null"/> if the user was deleted or may no longer sign in.</returns>
    /// <exception cref="IdentityProviderException">The application's code failed.</exception>
    public async Task<ApplicationUser?> FindAsync(string subject, CancellationToken cancellationToken)
    {
        if (!CanTell)
        {
            return new ApplicationUser();
        }

        try
        {
            // The application's code may ignore the token, as ASP.NET Core Identity does. Its scope then lives until it returns.
            return await LookUpAsync(subject, cancellationToken).WaitAsync(cancellationToken);
        }
        // The application's code can throw any exception.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IdentityProviderException("The application could not look up a user: application_users.", exception)
            {
                Cause = new IdentityProviderCause("application_users"),
            };
        }
    }

    private async Task<ApplicationUser?> LookUpAsync(string subject, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<IApplicationUsers>().FindAsync(subject, cancellationToken);
    }
}
