using McpOidc.Registration.MetadataDocuments;
using McpOidc.Storage;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Registration;

/// <summary>How long a document is used, and what happens while its host is failing (security cases F01, F06, F16, F20).</summary>
public sealed class ClientIdMetadataDocumentCacheTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    [Theory]
    [InlineData("max-age=3600", 60)]
    [InlineData("public, max-age=60, s-maxage=3600", 60)]
    [InlineData("max-age=1", 5)]
    [InlineData("max-age=0, must-revalidate", 5)]
    [InlineData("no-cache", 5)]
    [InlineData("no-store", 5)]
    [InlineData("no-store, max-age=3600", 5)]
    [InlineData("max-age=3600, no-store", 5)]
    [InlineData("no-cache, max-age=3600", 5)]
    [InlineData("max-age=31536000", 24 * 60)]
    [InlineData(null, 5)]
    public async Task A_document_stays_fresh_as_long_as_its_headers_say_within_five_minutes_and_a_day(string? cacheControl, int minutes)
    {
        var url = fixture.Publish(null, cacheControl is null ? [] : [("Cache-Control", cacheControl)]);
        await AssertFreshForAsync(url, TimeSpan.FromMinutes(minutes));
    }

    [Fact]
    public async Task Expires_and_Age_headers_are_respected_too()
    {
        var byDate = fixture.Publish(
            null,
            ("Date", DateTimeOffset.UtcNow.ToString("R")),
            ("Expires", DateTimeOffset.UtcNow.AddMinutes(30).ToString("R"))
        );
        await AssertFreshForAsync(byDate, TimeSpan.FromMinutes(30));
        var aged = fixture.Publish(null, ("Cache-Control", "max-age=3600"), ("Age", "2400"));
        await AssertFreshForAsync(aged, TimeSpan.FromMinutes(20));
    }

    [Fact]
    public async Task A_stale_document_is_revalidated_with_its_ETag_and_kept_after_304()
    {
        var url = fixture.NewUrl();
        var text = DocumentSystem.Document(url).ToJsonString();
        fixture.Host.Answer(
            url,
            http =>
            {
                http.Response.Headers.ETag = "\"v1\"";
                http.Response.Headers.CacheControl = "max-age=600";
                if (http.Request.Headers.IfNoneMatch == "\"v1\"")
                {
                    http.Response.StatusCode = StatusCodes.Status304NotModified;
                    return Task.CompletedTask;
                }

                return DocumentHost.WriteAsync(http, text);
            }
        );
        await AssertFreshForAsync(url, TimeSpan.FromMinutes(10));
        await AssertFreshForAsync(url, TimeSpan.FromMinutes(10), fetches: 2);
        Assert.Equal(["", "\"v1\"", "\"v1\""], fixture.Host.RequestsFor(url).Select(headers => headers.IfNoneMatch.ToString()));
    }

    [Theory]
    [InlineData(403)]
    [InlineData(500)]
    [InlineData(503)]
    public async Task While_the_host_fails_the_last_good_copy_is_used_for_a_day(int status)
    {
        var url = fixture.Publish();
        await fixture.AssertAcceptedAsync(url);
        Fail(url, status);
        fixture.System.Clock.Advance(TimeSpan.FromHours(24));
        await fixture.AssertAcceptedAsync(url);
        await fixture.AssertAcceptedAsync(url);
        Assert.Equal(2, fixture.Host.RequestsFor(url).Count);

        fixture.System.Clock.Advance(TimeSpan.FromSeconds(16));
        await fixture.AssertAcceptedAsync(url);
        Assert.Equal(3, fixture.Host.RequestsFor(url).Count);
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await fixture.AssertRefusedAsync(url, $"answered {status}", 503);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(302)]
    public async Task A_document_that_its_owner_removed_is_refused_immediately(int status)
    {
        var url = fixture.Publish();
        await fixture.AssertAcceptedAsync(url);
        Fail(url, status);
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await fixture.AssertRefusedAsync(url, $"answered {status}");
    }

    [Fact]
    public async Task A_document_that_became_invalid_is_refused_immediately_and_a_fixed_one_is_accepted_again()
    {
        var url = fixture.Publish();
        await fixture.AssertAcceptedAsync(url);
        fixture.Publish(url, document => document["client_secret"] = "x");
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await fixture.AssertRefusedAsync(url, "client_secret");
        fixture.Publish(url);
        await fixture.AssertRefusedAsync(url, "client_secret");
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(16));
        await fixture.AssertAcceptedAsync(url);
    }

    [Fact]
    public async Task A_copy_with_no_store_is_not_kept_beyond_the_minimum()
    {
        var url = fixture.Publish(null, ("Cache-Control", "no-store"));
        await fixture.AssertAcceptedAsync(url);
        Fail(url, 500);
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await fixture.AssertRefusedAsync(url, "answered 500", 503);
    }

    [Fact]
    public async Task A_failed_fetch_is_remembered_only_for_seconds_and_never_as_a_client()
    {
        var url = fixture.NewUrl();
        await fixture.AssertRefusedAsync(url, "answered 404");
        await fixture.AssertRefusedAsync(url, "answered 404");
        Assert.Single(fixture.Host.RequestsFor(url));
        fixture.Publish(url, null, ("Cache-Control", "max-age=86400"));
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(16));
        await fixture.AssertAcceptedAsync(url);
    }

    [Fact]
    public async Task Any_number_of_concurrent_sign_ins_fetch_a_document_once_across_all_processes()
    {
        using var store = TestStore.Sqlite();
        await using var system = await DocumentSystem.StartAsync(store: store);
        var second = await system.System.StartSecondServerAsync();
        var url = system.NewUrl();
        var text = DocumentSystem.Document(url).ToJsonString();
        var everybodyAsks = new TaskCompletionSource();
        system.Host.Answer(
            url,
            async http =>
            {
                await everybodyAsks.Task.WaitAsync(TimeSpan.FromSeconds(30), http.RequestAborted);
                await DocumentHost.WriteAsync(http, text);
            }
        );
        var documents = new[] { system.System.Server, second }
            .Select(site => site.Services.GetRequiredService<ClientDocuments>())
            .ToArray();
        var asking = Enumerable.Range(0, 500).Select(i => documents[i % 2].FindAsync(url, CancellationToken.None).AsTask()).ToArray();
        everybodyAsks.SetResult();
        var found = await Task.WhenAll(asking);
        Assert.All(found, client => Assert.Equal(url, client!.ClientId));
        Assert.Single(system.Host.RequestsFor(url));
    }

    [Fact]
    public async Task The_copy_is_in_the_shared_store_under_a_hash_of_the_URL()
    {
        var url = fixture.Publish();
        await fixture.AssertAcceptedAsync(url);
        var store = fixture.System.Server.Services.GetRequiredService<IMcpOidcStore>();
        Assert.DoesNotContain("example", ServerKeys.ClientDocument.Key(StoreKeys.ClientPart(url)), StringComparison.Ordinal);
        Assert.NotNull(await store.GetAsync(ServerKeys.ClientDocument.Key(StoreKeys.ClientPart(url))));
        await fixture.System.RestartAsync();
        await fixture.AssertAcceptedAsync(url);
        Assert.Single(fixture.Host.RequestsFor(url));
    }

    private void Fail(string url, int status) =>
        fixture.Host.Answer(
            url,
            http =>
            {
                http.Response.StatusCode = status;
                return Task.CompletedTask;
            }
        );

    private async Task AssertFreshForAsync(string url, TimeSpan lifetime, int fetches = 1)
    {
        await fixture.AssertAcceptedAsync(url);
        fixture.System.Clock.Advance(lifetime - TimeSpan.FromSeconds(20));
        await fixture.AssertAcceptedAsync(url);
        Assert.Equal(fetches, fixture.Host.RequestsFor(url).Count);
        fixture.System.Clock.Advance(TimeSpan.FromSeconds(25));
        await fixture.AssertAcceptedAsync(url);
        Assert.Equal(fetches + 1, fixture.Host.RequestsFor(url).Count);
    }
}
