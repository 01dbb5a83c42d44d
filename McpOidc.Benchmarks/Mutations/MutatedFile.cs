namespace McpOidc.Benchmarks.Mutations;

/// <summary>A file whose changes the tests must notice, and those tests.</summary>
/// <param name="Path">The path in the repository.</param>
/// <param name="Tests">Parts of test names: the mirrored folder, and other tests of the same subject.</param>
internal sealed record MutatedFile(string Path, params string[] Tests)
{
    private static readonly string[] s_redirects =
    [
        "Tests.Registration.Re",
        "Tests.Registration.PrivateS",
        "Tests.Registration.Di",
        "Tests.Authorization.Re",
        "Tests.Configuration.C",
        "Tests.Registration.ClientIdMetadataDocumentJ",
    ];

    private static readonly string[] s_refresh =
    [
        "Tests.Token.R",
        "Tests.Token.Code",
        "Tests.Token.TokenE",
        "Tests.DPoP.",
        "Tests.Token.P",
        "Tests.Token.Unc",
        "Tests.Revocation.Rest",
    ];
    private static readonly string[] s_signIn = ["Tests.Consent.", "Tests.Authorization.", "Tests.Federation.IdentityProviderL"];

    /// <summary>The files on which security and data depend.</summary>
    public static IReadOnlyList<MutatedFile> All { get; } =
    [
        new("src/McpOidc/Token/RefreshRotation.cs", s_refresh),
        new("src/McpOidc/Token/RefreshToken.cs", s_refresh),
        new("src/McpOidc/Token/CodeRedeemer.cs", [.. s_refresh, "Tests.Token.U"]),
        new(
            "src/McpOidc/Token/Grants.cs",
            [.. s_refresh, "Tests.Token.Grant", "Tests.Revocation.", "Tests.Administration.Adm", "Tests.Account."]
        ),
        new("src/McpOidc.Core/Keys/RootKeySet.cs", "Tests.Keys.Sec", "Tests.Keys.Root", "Tests.Storage.StoredP"),
        new(
            "src/McpOidc.Core/Consent/ConsentRecord.cs",
            "Tests.Consent.",
            "Tests.Registration.ClientIdMetadataDocumentJ",
            "Tests.Registration.DocumentC"
        ),
        new("src/McpOidc.Core/Revocation/RevocationLog.cs", "Tests.Revocation."),
        new(
            "src/McpOidc.Core/Revocation/RevocationFeed.cs",
            "Tests.Revocation.",
            "Tests.Protection.Live",
            "Tests.Protection.St",
            "Tests.Keys.KeyR"
        ),
        new(
            "src/McpOidc.ResourceServer/Protection/LiveSessions.cs",
            "Tests.Revocation.",
            "Tests.Protection.Live",
            "Tests.Protection.S",
            "Tests.Protection.E"
        ),
        new(
            "src/McpOidc.ResourceServer/Protection/TokenVerifier.cs",
            "Tests.Protection.B",
            "Tests.Protection.K",
            "Tests.Protection.E",
            "Tests.Protection.S",
            "Tests.Keys.KeyR",
            "Tests.Keys.Ref",
            "Tests.Token.PersonalAccessTokens.PersonalTokenT",
            "Tests.Telemetry.MetricsT"
        ),
        new("src/McpOidc.Core/DPoP/ProofVerifier.cs", "Tests.DPoP.", "Tests.Keys.Ref"),
        new("src/McpOidc/Registration/RedirectUri.cs", s_redirects),
        new("src/McpOidc/Registration/RedirectUriMatch.cs", s_redirects),
        new("src/McpOidc/Registration/RedirectUriPolicy.cs", s_redirects),
        new("src/McpOidc/Registration/ClientMetadataValidator.cs", "Tests.Registration."),
        new("src/McpOidc.Core/Storage/StoredPayloadProtector.cs", "Tests.Storage.StoredP", "Tests.Storage.StoreD", "Tests.Keys.Sec"),
        new("src/McpOidc.Sqlite/Storage/SqliteStore.cs", "Tests.Storage.Sqlite"),
        new("src/McpOidc.Redis/Storage/RedisStore.cs", "Tests.Storage.Redis"),
        new("src/McpOidc/RateLimits/RateLimiter.cs", "Tests.RateLimits."),
        new("src/McpOidc/RateLimits/RateLimitWindow.cs", "Tests.RateLimits."),
        new("src/McpOidc/RateLimits/RateLimitWindows.cs", "Tests.RateLimits."),
        new("src/McpOidc/RateLimits/WrongTokenFilter.cs", "Tests.RateLimits."),
        new("src/McpOidc/RateLimits/LimitGrant.cs", "Tests.RateLimits."),
        new("src/McpOidc/RateLimits/TokenCaller.cs", "Tests.RateLimits."),
        new("src/McpOidc/Authorization/AuthorizationEndpoint.cs", s_signIn),
        new(
            "src/McpOidc/SignIn/CallbackEndpoint.cs",
            [.. s_signIn, "Tests.Federation.Preset", "Tests.Audit.", "Tests.SignIn.P", "Tests.SignIn.Rep"]
        ),
        new("src/McpOidc/Consent/ConsentEndpoint.cs", [.. s_signIn, "Tests.Audit.", "Tests.Registration.DocumentC", "Tests.Timeline."]),
        new("src/McpOidc/SignIn/SealedSteps.cs", s_signIn),
    ];
}
