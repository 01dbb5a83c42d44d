using System.Security.Claims;
using System.Text.Json.Nodes;
using McpOidc;
using McpOidc.Configuration;
using McpOidc.Federation;
using McpOidc.Registration;
using McpOidc.SignIn;
using McpOidc.SignIn.Application;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The authorization server and its replaceable parts.</summary>
public static class AuthorizationServerBuilderExtensions
{
    /// <summary>Makes this process an authorization server. Settings: sections <c>McpOidc</c>, <c>McpOidc:IdentityProvider</c>,
    /// <c>McpOidc:Tokens</c>, <c>McpOidc:Registration</c> and <c>McpOidc:Keys</c>.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="configure">Changes settings in code, after configuration was read.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddAuthorizationServer(this McpOidcBuilder builder, Action<McpOidcOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        AuthorizationServerServices.Add(builder);
        return builder.Configure(configure);
    }

    /// <summary>Signs users in at a provider of your own instead of <c>McpOidc:IdentityProvider</c>.</summary>
    /// <typeparam name="TProvider">The provider.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseIdentityProvider<TProvider>(this McpOidcBuilder builder)
        where TProvider : class, IIdentityProvider
    {
        builder.Services.Replace(ServiceDescriptor.Singleton<IIdentityProvider, TProvider>());
        // The settings of the built-in provider are then unused.
        builder.Services.TryAddSingleton<ExplicitIdentityProvider>();
        return builder;
    }

    /// <summary>
    /// Signs users in at the application itself instead of at <c>McpOidc:IdentityProvider</c>: with its login page and its cookie.
    /// Providers of <c>McpOidc:IdentityProvider:Providers</c> can be used beside it. The application issues no tokens for other APIs.
    /// Settings: section <c>McpOidc:ApplicationSignIn</c>, and the rules and intervals of <c>McpOidc:IdentityProvider</c>.
    /// </summary>
    /// <param name="builder">The builder.</param>
    /// <param name="scheme">The application's cookie authentication scheme.</param>
    /// <param name="configure">Changes settings in code, after configuration has been read.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseApplicationSignIn(
        this McpOidcBuilder builder,
        string scheme,
        Action<ApplicationSignInOptions>? configure = null
    )
    {
        ArgumentException.ThrowIfNullOrEmpty(scheme);
        ApplicationSignIn.Add(builder.Services, scheme);
        return builder.Configure(configure);
    }

    /// <summary>
    /// Signs users in with ASP.NET Core Identity of this application, which handles passwords, passkeys and second factors. A user who is
    /// deleted, locked out by an operator, or gets a new security stamp (for example with a new password) loses every grant.
    /// </summary>
    /// <typeparam name="TUser">The user type of <c>AddIdentity</c>, or of <c>AddIdentityCore</c> with
    /// <c>AddSignInManager()</c>.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseApplicationSignIn<TUser>(this McpOidcBuilder builder)
        where TUser : class
    {
        builder.UseApplicationSignIn(IdentityConstants.ApplicationScheme);
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IPostConfigureOptions<ApplicationSignInOptions>, IdentityStampSetup>()
        );
        return builder.UseApplicationUsers<IdentityUsers<TUser>>();
    }

    /// <summary>Looks up the application's users in code, so that the grants of deleted users end.</summary>
    /// <typeparam name="TUsers">The users of the application.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder UseApplicationUsers<TUsers>(this McpOidcBuilder builder)
        where TUsers : class, IApplicationUsers
    {
        builder.Services.Replace(ServiceDescriptor.Scoped<IApplicationUsers, TUsers>());
        return builder;
    }

    /// <summary>Stores custom data with each user, extracted from the claims.</summary>
    /// <typeparam name="TExtractor">The extractor.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddCustomData<TExtractor>(this McpOidcBuilder builder)
        where TExtractor : class, ICustomDataExtractor
    {
        builder.Services.AddSingleton<ICustomDataExtractor, TExtractor>();
        return builder;
    }

    /// <summary>Stores custom data with each user, extracted from the claims by a delegate.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="extract">Called once per sign-in; returns <see langword="null"/> for no data.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddCustomData(this McpOidcBuilder builder, Func<ClaimsPrincipal, JsonObject?> extract)
    {
        ArgumentNullException.ThrowIfNull(extract);
        builder.Services.AddSingleton<ICustomDataExtractor>(new DelegateCustomDataExtractor(extract));
        return builder;
    }

    /// <summary>Adds a policy that checks every client that registers itself.</summary>
    /// <typeparam name="TPolicy">The policy.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddRegistrationPolicy<TPolicy>(this McpOidcBuilder builder)
        where TPolicy : class, IRegistrationPolicy
    {
        builder.Services.AddSingleton<IRegistrationPolicy, TPolicy>();
        return builder;
    }

    /// <summary>Adds a delegate that checks every client that registers itself.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="findObjection">Returns the reason to reject it, or <see langword="null"/>.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddRegistrationPolicy(this McpOidcBuilder builder, Func<RegistrationPolicyRequest, string?> findObjection)
    {
        ArgumentNullException.ThrowIfNull(findObjection);
        builder.Services.AddSingleton<IRegistrationPolicy>(new DelegateRegistrationPolicy(findObjection));
        return builder;
    }

    /// <summary>Adds a policy for who may sign in, besides the configured rules.</summary>
    /// <typeparam name="TPolicy">The policy.</typeparam>
    /// <param name="builder">The builder.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddSignInPolicy<TPolicy>(this McpOidcBuilder builder)
        where TPolicy : class, ISignInPolicy
    {
        builder.Services.AddSingleton<ISignInPolicy, TPolicy>();
        return builder;
    }

    /// <summary>Adds a delegate for who may sign in, besides the configured rules.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="decide">Decides about a user.</param>
    /// <returns>The builder.</returns>
    public static McpOidcBuilder AddSignInPolicy(this McpOidcBuilder builder, Func<SignInPolicyRequest, SignInDecision> decide)
    {
        ArgumentNullException.ThrowIfNull(decide);
        builder.Services.AddSingleton<ISignInPolicy>(new DelegateSignInPolicy(decide));
        return builder;
    }
}
