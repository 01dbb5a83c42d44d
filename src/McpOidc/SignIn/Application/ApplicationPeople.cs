using McpOidc.Federation;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.SignIn.Application;

/// <summary>Asks the application about its users, where it has said how (<see cref="IApplicationUsers"/>).</summary>
internal sealed class ApplicationPeople(IServiceScopeFactory scopes, IServiceProviderIsService services)
{
    /// <summary>Whether the application can be asked. Otherwise a person counts as there for as long as the grants last.</summary>
    public bool CanTell { get; } = services.IsService(typeof(IApplicationUsers));

    /// <returns><see langword="null"/> for a person who is not there any more.</returns>
    /// <exception cref="IdentityProviderException">The application's code failed, and nothing is known.</exception>
    public async Task<ApplicationUser?> FindAsync(string subject, CancellationToken cancellationToken)
    {
        if (!CanTell)
        {
            return new ApplicationUser();
        }

        await using var scope = scopes.CreateAsyncScope();
        try
        {
            return await scope.ServiceProvider.GetRequiredService<IApplicationUsers>().FindAsync(subject, cancellationToken);
        }
        // Code of the application, which may throw anything.
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IdentityProviderException("The application could not look up a user: application_users.", exception)
            {
                Cause = new IdentityProviderCause("application_users"),
            };
        }
    }
}
