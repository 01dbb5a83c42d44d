using McpOidc.Consent;
using McpOidc.Registration;
using McpOidc.Sessions;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Registration;

/// <summary>A metadata document's client that is answered on the device needs consent every time (RFC 8252 §8.6; security case
/// A34).</summary>
public sealed class DocumentConsentTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>, IDisposable
{
    private readonly Browser _browser = new();

    public void Dispose() => _browser.Dispose();

    [Fact]
    public async Task Consent_is_asked_for_again_even_after_a_forged_request_to_remember_it()
    {
        using var client = fixture.CreateClient(fixture.Publish());
        var page = await client.OpenConsentAsync(_browser);
        var (action, fields) = _browser.ReadForm(page.Html!, page.Uri)!.Value;
        Assert.False(fields.ContainsKey("remember"));
        (fields["decision"], fields["remember"]) = ("allow", "yes");
        using var decided = await _browser.PostAsync(action, fields);
        var done = await _browser.OpenAsync(new Uri(action, decided.Headers.Location!).AbsoluteUri, client.IsRedirectUri);
        var tokens = await client.RedeemAsync(done.Query("code")!);

        var user = await FindUserAsync(tokens);
        Assert.DoesNotContain(user.Consents, consent => consent.ClientId == client.ClientId);
        Assert.Equal("consent_required", (await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
    }

    // An earlier version remembered such a consent for a pre-registered client without a secret.
    [Fact]
    public async Task Consent_is_asked_for_again_even_if_the_store_holds_one()
    {
        using var client = fixture.CreateClient(fixture.Publish());
        var user = await FindUserAsync(await client.SignInAsync(_browser));
        var services = fixture.System.Server.Services;
        var record = (await services.GetRequiredService<Clients>().FindAsync(client.ClientId, CancellationToken.None))!;
        var consent = new ConsentRecord
        {
            ClientId = client.ClientId,
            MetadataHash = record.MetadataHash,
            RedirectUri = RedirectUriMatch.WithoutLoopbackPort(client.RedirectUri),
            Resource = client.Resource,
            Scopes = ["openid", "email", "profile"],
            GivenAt = fixture.System.Clock.GetUtcNow(),
        };
        await services.GetRequiredService<UserSessions>().RememberConsentAsync(user.Subject, consent, CancellationToken.None);

        Assert.Equal("consent_required", (await client.AuthorizeAsync(_browser, ("prompt", "none"))).Query("error"));
        await client.OpenConsentAsync(_browser);
    }

    private async Task<UserRecord> FindUserAsync(TokenAnswer tokens) =>
        (
            await fixture
                .System.Server.Services.GetRequiredService<UserSessions>()
                .FindAsync(JwtReader.Payload(tokens.AccessToken)["sub"]!.ToString(), CancellationToken.None)
        )!;
}
