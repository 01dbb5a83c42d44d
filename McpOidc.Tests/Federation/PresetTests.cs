using System.Security.Cryptography;
using McpOidc.Configuration;
using McpOidc.Tests.Federation.Simulators;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Federation;

/// <summary>Each preset against a provider that behaves like the real one. users-ask-for.md 5, 16, 17.</summary>
public sealed class PresetTests
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(2);

    // OAuthProviderTests covers the presets without OpenID Connect.
    private static readonly IdentityProviderPreset[] s_presets =
    [
        .. Enum.GetValues<IdentityProviderPreset>()
            .Except([
                IdentityProviderPreset.None,
                IdentityProviderPreset.GitHub,
                IdentityProviderPreset.Discord,
                IdentityProviderPreset.Slack,
            ]),
    ];

    public static TheoryData<IdentityProviderPreset> Presets => [.. s_presets];

    /// <summary>The presets whose provider issues refresh tokens.</summary>
    public static TheoryData<IdentityProviderPreset> Refreshing => [.. s_presets.Except([IdentityProviderPreset.LinkedIn])];

    [Theory]
    [MemberData(nameof(Refreshing))]
    public async Task People_sign_in_and_tools_have_a_valid_token_beyond_the_lifetime_of_the_first_one(IdentityProviderPreset preset)
    {
        await using var provider = Create(preset);
        await using var signedIn = await StartAsync(preset, provider);
        var first = await SessionEndpoint.TokenAsync(signedIn);
        Assert.Equal(200, first.Status);
        var tokens = signedIn.Tokens;
        for (var round = 0; round < 3; round++)
        {
            // Salesforce does not state the lifetime of its tokens.
            signedIn.System.Clock.Advance(preset == IdentityProviderPreset.Salesforce ? TimeSpan.FromHours(1) : s_lifetime);
            tokens = await signedIn.Client.RefreshAsync(tokens.RefreshToken);
            var next = await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken);
            Assert.Equal(200, next.Status);
            Assert.NotEqual(first.Token!["access_token"]!.ToString(), next.Token!["access_token"]!.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public async Task Parameters_that_MCP_clients_send_to_us_are_not_forwarded(IdentityProviderPreset preset)
    {
        await using var provider = Create(preset);
        await using var signedIn = await StartAsync(preset, provider);
        using var browser = new Browser();
        await signedIn.Client.GetCodeAsync(
            browser,
            ("prompt", "consent"),
            ("resource", signedIn.System.Resource),
            ("scope", "openid offline_access")
        );
        Assert.All(
            provider.AuthorizationRequests,
            request =>
            {
                Assert.False(request.ContainsKey("resource"));
                // Logto issues a refresh token only with it, so the preset sends it.
                Assert.Equal(preset == IdentityProviderPreset.Logto, request["prompt"] == "consent");
            }
        );
        Assert.All(provider.TokenRequests, request => Assert.False(request.ContainsKey("resource")));
    }

    [Theory]
    [MemberData(nameof(Refreshing))]
    public async Task A_person_deactivated_at_the_provider_is_signed_out_at_the_next_refresh(IdentityProviderPreset preset)
    {
        await using var provider = Create(preset);
        await using var signedIn = await StartAsync(preset, provider);
        signedIn.System.Clock.Advance(preset == IdentityProviderPreset.Apple ? TimeSpan.FromHours(25) : TimeSpan.FromMinutes(61));
        provider.HasEndedThePerson = true;
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task LinkedIn_is_sent_neither_nonce_nor_PKCE_and_asked_only_for_scopes_that_it_supports()
    {
        await using var provider = Create(IdentityProviderPreset.LinkedIn);
        await using var signedIn = await StartAsync(IdentityProviderPreset.LinkedIn, provider);
        var asked = Assert.Single(provider.AuthorizationRequests);
        Assert.False(asked.ContainsKey("nonce") || asked.ContainsKey("code_challenge") || asked.ContainsKey("code_challenge_method"));
        Assert.Equal("openid email profile", asked["scope"].ToString());
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
    }

    [Fact]
    public async Task Settings_of_the_operator_take_precedence_over_a_preset()
    {
        await using var provider = Create(IdentityProviderPreset.GitLab);
        await using var signedIn = await StartAsync(
            IdentityProviderPreset.GitLab,
            provider,
            ("McpOidc:IdentityProvider:UserLiveness", "Never"),
            ("McpOidc:IdentityProvider:ClientAuthentication", "Post")
        );
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        provider.HasEndedThePerson = true;
        Assert.Equal(200, (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Status);
    }

    [Fact]
    public void The_table_of_presets_says_what_the_simulators_do()
    {
        var page = File.ReadAllText(Path.Combine(SourceTree.Root, "docs/identity-provider-answers.md"));
        foreach (var preset in s_presets)
        {
            var (refreshTokens, rotates, refusal, refusesUnknown) = Create(preset).Facts;
            Assert.Contains(
                $"| `{preset}` | {refreshTokens} | {(rotates ? "yes" : "no")} | {(refreshTokens == "never" ? "–" : refusal)} | "
                    + $"{(refusesUnknown ? "refused" : "ignored")} |",
                page,
                StringComparison.Ordinal
            );
        }
    }

    /// <summary>Each preset has its section, with its peculiarities and what to do when it does not work.</summary>
    [Fact]
    public void Every_preset_has_a_section_that_names_it_and_lists_remedies_by_symptom()
    {
        var pages = string.Join(
            '\n',
            new[] { "common", "cloud", "self-hosted", "oauth" }.Select(name =>
                File.ReadAllText(Path.Combine(SourceTree.Root, $"docs/identity-providers-{name}.md"))
            )
        );
        var sections = pages.Split("\n## ").SelectMany(section => section.Split("\n### ")).ToList();
        foreach (var preset in Enum.GetValues<IdentityProviderPreset>().Except([IdentityProviderPreset.None]))
        {
            Assert.Contains(
                sections,
                section =>
                    section.Contains($"McpOidc__IdentityProvider__Preset={preset}\n", StringComparison.Ordinal)
                    && section.Contains("When it does not work", StringComparison.Ordinal)
            );
        }
    }

    // Keycloak sends no logout token when an administrator signs out a user with offline access, so we have to ask.
    [Fact]
    public async Task A_person_signed_out_by_a_Keycloak_administrator_is_signed_out_here_within_minutes()
    {
        await using var provider = new SimulatedKeycloak();
        await using var signedIn = await StartAsync(IdentityProviderPreset.Keycloak, provider);
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(4));
        var tokens = await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken);
        Assert.Equal(200, tokens.Status);
        provider.HasEndedThePerson = true;
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(tokens.RefreshToken)).Error);
    }

    [Fact]
    public async Task A_person_whose_refresh_token_Dex_deleted_signs_in_through_Dex_again()
    {
        await using var provider = new SimulatedDex();
        await using var signedIn = await StartAsync(
            IdentityProviderPreset.None,
            provider,
            ("McpOidc:IdentityProvider:Scopes", "openid email profile offline_access")
        );
        provider.HasEndedThePerson = true;
        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(404, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal(404, (await SessionEndpoint.TokenAsync(signedIn)).Status);
        Assert.Equal(2, provider.TokenRequests.Count);
        signedIn.System.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("invalid_grant", (await signedIn.Client.RefreshAsync(signedIn.Tokens.RefreshToken)).Error);

        provider.HasEndedThePerson = false;
        var again = await signedIn.Client.SignInAsync(signedIn.Browser);
        Assert.Equal(2, provider.AuthorizationRequests.Count);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn, again.AccessToken)).Status);
    }

    [Theory]
    [InlineData(IdentityProviderPreset.Clerk)]
    [InlineData(IdentityProviderPreset.Google)]
    public async Task A_second_client_of_a_person_keeps_the_refresh_token_that_the_provider_sends_only_once(IdentityProviderPreset preset)
    {
        await using var provider = Create(preset);
        await using var signedIn = await StartAsync(preset, provider);
        using var browser = new Browser();
        using var client = signedIn.System.CreateClient();
        var tokens = await client.SignInAsync(browser);
        Assert.Equal(2, provider.AuthorizationRequests.Count);
        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn, tokens.AccessToken)).Status);
    }

    [Fact]
    public async Task Google_is_asked_for_consent_once_more_if_it_issued_its_refresh_token_earlier()
    {
        await using var provider = new SimulatedGoogle { HasConsented = true };
        await using var signedIn = await StartAsync(IdentityProviderPreset.Google, provider);
        Assert.Equal(["", "consent"], provider.AuthorizationRequests.Select(request => request["prompt"].ToString()));
        Assert.All(provider.AuthorizationRequests, request => Assert.Equal("offline", request["access_type"].ToString()));
        signedIn.System.Clock.Advance(s_lifetime);
        Assert.Equal(200, (await SessionEndpoint.TokenAsync(signedIn)).Status);
    }

    [Fact]
    public async Task People_from_two_Entra_ID_tenants_are_distinguished()
    {
        await using var provider = new SimulatedEntraId();
        await using var signedIn = await StartAsync(IdentityProviderPreset.EntraId, provider);
        Assert.Equal(provider.TokenIssuer, (await SessionEndpoint.ReadAsync(signedIn))["provider"]!.ToString());
        provider.Tenant = "7f0c9a53-0000-4000-8000-000000000002";
        using var browser = new Browser();
        using var client = signedIn.System.CreateClient();
        var other = await client.SignInAsync(browser);
        Assert.NotEqual(
            JwtReader.Payload(signedIn.Tokens.AccessToken)["sub"]!.ToString(),
            JwtReader.Payload(other.AccessToken)["sub"]!.ToString()
        );
    }

    [Fact]
    public async Task An_Entra_ID_token_whose_issuer_does_not_match_its_tenant_is_refused()
    {
        await using var provider = new SimulatedEntraId { IssuingTenant = "7f0c9a53-0000-4000-8000-00000000000f" };
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(IdentityProviderPreset.EntraId, provider));
        Assert.Contains("server_error", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7f0c9a53-0000-4000-8000-000000000001", true)]
    [InlineData("7f0c9a53-0000-4000-8000-00000000000f", false)]
    public async Task Only_people_from_the_configured_Entra_ID_tenants_can_sign_in(string tenant, bool mayEnter)
    {
        await using var provider = new SimulatedEntraId();
        if (mayEnter)
        {
            await using var signedIn = await StartAsync(
                IdentityProviderPreset.EntraId,
                provider,
                ("McpOidc:IdentityProvider:Tenants:0", tenant)
            );
            return;
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            StartAsync(IdentityProviderPreset.EntraId, provider, ("McpOidc:IdentityProvider:Tenants:0", tenant))
        );
    }

    private static SimulatedProvider Create(IdentityProviderPreset preset) =>
        preset switch
        {
            IdentityProviderPreset.Auth0 => new SimulatedAuth0(),
            IdentityProviderPreset.Clerk => new SimulatedClerk(),
            IdentityProviderPreset.Okta => new SimulatedOkta(),
            IdentityProviderPreset.Keycloak => new SimulatedKeycloak(),
            IdentityProviderPreset.EntraId => new SimulatedEntraId(),
            IdentityProviderPreset.Google => new SimulatedGoogle(),
            _ => KnownProviders.Create(preset),
        };

    // The scopes are the defaults: the preset knows what a refresh token requires.
    private static async Task<SignedInSystem> StartAsync(
        IdentityProviderPreset preset,
        SimulatedProvider provider,
        params (string Key, string Value)[] settings
    )
    {
        await provider.StartAsync();
        return await SignedInSystem.StartAsync(options =>
        {
            options.Provider = new IdentityProviderSettings(
                provider.ConfiguredIssuer,
                SimulatedProvider.ClientId,
                SimulatedProvider.ClientSecret,
                new IdentityProviderOptions().Scopes
            );
            provider.Clock = options.Clock;
            options.Map = SessionEndpoint.Map;
            options.Set("McpOidc:IdentityProvider:Preset", preset.ToString());
            if (provider.MetadataPath is { } path)
            {
                options.Set("McpOidc:IdentityProvider:MetadataAddress", provider.Origin + path);
            }

            if (preset == IdentityProviderPreset.Apple)
            {
                using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
                options.Set("McpOidc:IdentityProvider:ClientSecret", "");
                options.Set("McpOidc:IdentityProvider:ClientKey", key.ExportPkcs8PrivateKeyPem());
                options.Set("McpOidc:IdentityProvider:ClientKeyId", "KEY1234567");
                options.Set("McpOidc:IdentityProvider:TeamId", "TEAM123456");
            }

            if (preset == IdentityProviderPreset.Auth0)
            {
                options.Set("McpOidc:IdentityProvider:AdditionalParameters:audience", "https://api.example.com");
            }

            foreach (var (key, value) in settings)
            {
                options.Set(key, value);
            }
        });
    }
}
