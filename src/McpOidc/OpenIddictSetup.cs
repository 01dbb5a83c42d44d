using McpOidc.Audit;
using McpOidc.Authorization;
using McpOidc.Authorization.DeviceAuthorization;
using McpOidc.Authorization.PushedAuthorization;
using McpOidc.Configuration;
using McpOidc.Discovery;
using McpOidc.DPoP;
using McpOidc.ErrorResponses;
using McpOidc.Federation;
using McpOidc.Hosting;
using McpOidc.Logout;
using McpOidc.RateLimits;
using McpOidc.Storage.OpenIddict;
using McpOidc.Token;
using McpOidc.Token.ClientAuthentication;
using McpOidc.Token.ClientCredentials;
using McpOidc.Token.IdentityAssertion;
using McpOidc.Token.Introspection;
using McpOidc.Token.PersonalAccessTokens;
using McpOidc.Token.Revocation;
using McpOidc.Token.TokenExchange;
using McpOidc.Token.UserInfo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace McpOidc;

/// <summary>OpenIddict as this server uses it: its endpoints, its flows, and our handlers in the order in which they run.</summary>
internal static class OpenIddictSetup
{
    /// <summary>Our handlers. The exact position of each among OpenIddict's own is in its <c>Descriptor</c>.</summary>
    private static readonly OpenIddictServerHandlerDescriptor[] s_handlers =
    [
        // every request
        PinBaseUri.Descriptor,
        IgnoreLoneAssertionType.Descriptor,
        // every client, and every one that authenticates
        LimitCaller.Descriptor,
        RevokePersonalToken.Descriptor,
        VerifyClientAssertion.Descriptor,
        AcceptSecretAsSent.Descriptor,
        // GET /.well-known/*
        DescribeServer.Descriptor,
        WriteIssuer<OpenIddictServerEvents.ApplyConfigurationResponseContext>.Descriptor,
        WriteDocument<OpenIddictServerEvents.ApplyConfigurationResponseContext>.Descriptor,
        WriteDocument<OpenIddictServerEvents.ApplyJsonWebKeySetResponseContext>.Descriptor,
        // GET /jwks
        AwaitIdentityTokenKey.Descriptor,
        MarkIdentityTokenKeys.Descriptor,
        // POST /request
        LimitSignInRequests<OpenIddictServerEvents.ExtractPushedAuthorizationRequestContext>.Descriptor,
        CheckPushedRequest.Descriptor,
        VerifyPushedRequestProof.Descriptor,
        DecidePushedScope.Descriptor,
        DropUnreadParameters.Descriptor,
        // POST /device_authorization
        LimitSignInRequests<OpenIddictServerEvents.ExtractDeviceAuthorizationRequestContext>.Descriptor,
        CheckDeviceRequest.Descriptor,
        BeginDevice.Descriptor,
        // GET /authorize
        TakePushedRequest.Descriptor,
        RequirePushedRequest.Descriptor,
        ResumeInteraction.Descriptor,
        LimitParameters.Descriptor,
        ResourceIndicator.Descriptor,
        DecideScope.Descriptor,
        RedirectErrorsToClient.Descriptor,
        AnswerByPage.Descriptor,
        // any incoming token
        ReadCode.Descriptor,
        ReadRefreshToken.Descriptor,
        ReadPersonalToken.Descriptor,
        ReadDeviceCode.Descriptor,
        ReadReferenceToken.Descriptor,
        RequireProofOfToken.Descriptor,
        NoteExpiredToken.Descriptor,
        RequireLiveSession.Descriptor,
        RefuseFutureToken.Descriptor,
        // POST /token
        SetAsideScope.Descriptor,
        RequireProof.Descriptor,
        TakeRedirectUriOfCode.Descriptor,
        DecideGrantedScope.Descriptor,
        BindAudience.Descriptor,
        LimitGrant.Descriptor,
        VerifyTokenRequestProof.Descriptor,
        RequireTokenForServer.Descriptor,
        ExchangeForIdentityProviderToken.Descriptor,
        CheckUserAtProvider.Descriptor,
        AttachUserClaims.Descriptor,
        IssueToClient.Descriptor,
        IssueByAssertion.Descriptor,
        RedeemCode.Descriptor,
        DecideRefreshToken.Descriptor,
        OmitIdentityToken.Descriptor,
        BindAccessToken.Descriptor,
        IssueRefreshToken.Descriptor,
        NameGrantedScope.Descriptor,
        NameTokenType.Descriptor,
        ChooseIdentityTokenKey.Descriptor,
        // any outgoing token
        SignIdentityToken.Descriptor,
        KeepTokenOutOfStore.Descriptor,
        ShapeAccessToken.Descriptor,
        AttachReferenceToken.Descriptor,
        IssueCode.Descriptor,
        // GET /me
        ReadUserInfoRequest.Descriptor,
        ExtractBoundToken.Descriptor,
        AttachUserInfo.Descriptor,
        WriteIssuer<OpenIddictServerEvents.ApplyUserInfoResponseContext>.Descriptor,
        // POST /token/introspection, and never GET: the token would appear in access logs (RFC 7662 §2.1)
        OpenIddictServerAspNetCoreHandlers.ExtractPostRequest<OpenIddictServerEvents.ExtractIntrospectionRequestContext>.Descriptor,
        AdmitResourceServer.Descriptor,
        AttachGrantedScope.Descriptor,
        AttachPerson.Descriptor,
        WriteIssuer<OpenIddictServerEvents.ApplyIntrospectionResponseContext>.Descriptor,
        // POST /token/revocation
        TakeExpiredToken.Descriptor,
        EndSessionOnRevocation.Descriptor,
        // GET /session/end
        ReadSignOutHint.Descriptor,
        // errors for programs
        AnswerUnavailable.Descriptor,
        AuditAnswer<OpenIddictServerEvents.ApplyPushedAuthorizationResponseContext>.Descriptor,
        AuditAnswer<OpenIddictServerEvents.ApplyDeviceAuthorizationResponseContext>.Descriptor,
        AuditAnswer<OpenIddictServerEvents.ApplyTokenResponseContext>.Descriptor,
        AuditAnswer<OpenIddictServerEvents.ApplyRevocationResponseContext>.Descriptor,
        AuditAnswer<OpenIddictServerEvents.ApplyIntrospectionResponseContext>.Descriptor,
        CountAnswer<OpenIddictServerEvents.ApplyPushedAuthorizationResponseContext>.Descriptor,
        CountAnswer<OpenIddictServerEvents.ApplyDeviceAuthorizationResponseContext>.Descriptor,
        CountAnswer<OpenIddictServerEvents.ApplyTokenResponseContext>.Descriptor,
        CountAnswer<OpenIddictServerEvents.ApplyRevocationResponseContext>.Descriptor,
        CountAnswer<OpenIddictServerEvents.ApplyIntrospectionResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyConfigurationResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyJsonWebKeySetResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyPushedAuthorizationResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyDeviceAuthorizationResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyTokenResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyRevocationResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyIntrospectionResponseContext>.Descriptor,
        OmitErrorUri<OpenIddictServerEvents.ApplyUserInfoResponseContext>.Descriptor,
    ];

    /// <summary>OpenIddict handlers that ours replace, and those that reject parameters which must be ignored (RFC 6749 §3.1,
    /// §3.2).</summary>
    private static readonly OpenIddictServerHandlerDescriptor[] s_replaced =
    [
        OpenIddictServerHandlers.ValidateClientAssertion.Descriptor,
        OpenIddictServerHandlers.ValidateClientAssertionWellknownClaims.Descriptor,
        OpenIddictServerHandlers.ValidateClientAssertionIssuer.Descriptor,
        OpenIddictServerHandlers.Authentication.ValidateAudienceParameter.Descriptor,
        OpenIddictServerHandlers.Authentication.ValidatePushedAudienceParameter.Descriptor,
        OpenIddictServerHandlers.Exchange.ValidateAudienceParameter.Descriptor,
        OpenIddictServerHandlers.RedeemTokenEntry.Descriptor,
        OpenIddictServerHandlers.PrepareRefreshTokenPrincipal.Descriptor,
        OpenIddictServerHandlers.GenerateRefreshToken.Descriptor,
        OpenIddictServerHandlers.Protection.ValidateReferenceTokenIdentifier.Descriptor,
        OpenIddictServerHandlers.Protection.ValidateProofOfPossession.Descriptor,
        OpenIddictServerHandlers.Protection.AttachTokenPayload.Descriptor,
        OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor,
        OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<OpenIddictServerEvents.ExtractIntrospectionRequestContext>.Descriptor,
        OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<OpenIddictServerEvents.ExtractUserInfoRequestContext>.Descriptor,
    ];

    public static void AddMcpOidcServer(this IServiceCollection services)
    {
        services.AddSingleton(new OwnOpenIddictConfiguration(services, AddOpenIddict));
        services.AddHostedService<OpenIddictCheckHostedService>();
        services.AddSingleton(new SingletonServices(services));
        services.Replace(ServiceDescriptor.Scoped<IOpenIddictServerDispatcher, HandlerDispatcher>());
    }

    private static void AddOpenIddict(IServiceCollection services) =>
        services
            .AddOpenIddict()
            .AddCore(core => core.UseMcpOidcStores())
            .AddServer(server =>
            {
                server
                    .SetAuthorizationEndpointUris(Relative(EndpointPaths.Authorize))
                    .SetPushedAuthorizationEndpointUris(Relative(EndpointPaths.PushedAuthorization))
                    .SetTokenEndpointUris(Relative(EndpointPaths.Token))
                    .SetRevocationEndpointUris(Relative(EndpointPaths.Revocation), Relative(EndpointPaths.LegacyRevocation))
                    .SetIntrospectionEndpointUris(Relative(EndpointPaths.Introspection))
                    .SetUserInfoEndpointUris(Relative(EndpointPaths.UserInfo))
                    .SetEndSessionEndpointUris(Relative(EndpointPaths.EndSession))
                    .SetJsonWebKeySetEndpointUris(Relative(EndpointPaths.Jwks))
                    .SetConfigurationEndpointUris(
                        Relative(EndpointPaths.OpenIdConfiguration),
                        Relative(EndpointPaths.AuthorizationServerMetadata)
                    );
                server.AllowAuthorizationCodeFlow().AllowRefreshTokenFlow().RequireProofKeyForCodeExchange();
                server.Configure(options =>
                {
                    options.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain);
                    options.SubjectTokenTypes.IntersectWith([TokenTypeIdentifiers.AccessToken]);
                    options.RequestedTokenTypes.IntersectWith([TokenTypeIdentifiers.AccessToken]);
                    options.RequestedTokenTypes.Add(TokenTypeIdentifiers.IdentityToken);
                    options.ResponseModes.Clear();
                    options.ResponseModes.Add(ResponseModes.Query);
                });

                // Grants are ours; access tokens are plain JWTs that can be verified with the public key (RFC 9068).
                server.DisableAuthorizationStorage().DisableAccessTokenEncryption();
                // Our own handlers decide about resources and scopes, and are more lenient with real clients.
                server
                    .DisableAudienceValidation()
                    .DisableResourceValidation()
                    .DisableScopeValidation()
                    .IgnoreAudiencePermissions()
                    .IgnoreResponseTypePermissions()
                    .IgnoreScopePermissions()
                    .IgnoreResourcePermissions();

                server
                    .UseAspNetCore()
                    .EnableAuthorizationEndpointPassthrough()
                    .EnableEndSessionEndpointPassthrough()
                    .EnableEndUserVerificationEndpointPassthrough()
                    .EnableErrorPassthrough();
                Array.ForEach(s_replaced, descriptor => server.RemoveEventHandler(descriptor));
                Array.ForEach(s_handlers, descriptor => server.AddEventHandler(descriptor));
            });

    private static string Relative(string path) => path.TrimStart('/');
}
