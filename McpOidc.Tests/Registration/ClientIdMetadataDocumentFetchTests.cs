using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Registration;

/// <summary>How a document is fetched, and which responses are accepted (security cases F01, F05, F06, F10, F11, F17 to F19).</summary>
public sealed class ClientIdMetadataDocumentFetchTests(DocumentSystem fixture) : IClassFixture<DocumentSystem>
{
    [Theory]
    [InlineData("application/json", 303)]
    [InlineData("application/json; charset=utf-8", 303)]
    [InlineData("application/json;", 303)]
    [InlineData("application/json ; charset=\"utf-8\";", 303)]
    [InlineData("application/oauth-client+json", 303)]
    [InlineData("Application/JSON", 303)]
    [InlineData("text/html", 400)]
    [InlineData("text/plain", 400)]
    [InlineData("text/json", 400)]
    [InlineData("text/html; application/json", 400)]
    [InlineData("application/jsonx", 400)]
    [InlineData("image/svg+json", 400)]
    [InlineData(null, 400)]
    public async Task Only_JSON_is_accepted_as_a_document(string? type, int status)
    {
        var url = fixture.NewUrl();
        fixture.Host.Answer(
            url,
            http =>
            {
                http.Response.ContentType = type;
                return http.Response.WriteAsync(DocumentSystem.Document(url).ToJsonString());
            }
        );
        Assert.Equal(status, (await fixture.AuthorizeAsync(url)).Status);
    }

    [Theory]
    [InlineData(201, 400)]
    [InlineData(203, 400)]
    [InlineData(204, 400)]
    [InlineData(206, 400)]
    [InlineData(304, 400)]
    [InlineData(404, 400)]
    [InlineData(410, 400)]
    [InlineData(401, 503)]
    [InlineData(403, 503)]
    [InlineData(408, 503)]
    [InlineData(429, 503)]
    [InlineData(500, 503)]
    [InlineData(503, 503)]
    public async Task Only_200_is_a_success_and_temporary_failures_are_distinguished_from_permanent_ones(int answer, int status)
    {
        var url = fixture.NewUrl();
        fixture.Host.Answer(
            url,
            http =>
            {
                http.Response.StatusCode = answer;
                return answer is 204 or 304
                    ? Task.CompletedTask
                    : DocumentHost.WriteAsync(http, DocumentSystem.Document(url).ToJsonString());
            }
        );
        await fixture.AssertRefusedAsync(url, $"answered {answer}", status);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(303)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task A_redirect_is_not_followed(int status)
    {
        var url = fixture.NewUrl();
        var target = fixture.Publish(document => document["client_id"] = url);
        fixture.Host.Answer(
            url,
            http =>
            {
                http.Response.StatusCode = status;
                http.Response.Headers.Location = target;
                return Task.CompletedTask;
            }
        );
        await fixture.AssertRefusedAsync(url, $"answered {status}");
        Assert.Empty(fixture.Host.RequestsFor(target));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_document_larger_than_5120_bytes_is_refused_with_or_without_a_declared_length(bool withLength)
    {
        var exact = fixture.NewUrl();
        var large = fixture.NewUrl();
        Serve(exact, 5120, withLength);
        Serve(large, 5121, withLength);
        await fixture.AssertAcceptedAsync(exact);
        await fixture.AssertRefusedAsync(large, "larger than 5120 bytes");
    }

    [Fact]
    public async Task An_endless_body_is_aborted_at_the_limit()
    {
        var url = fixture.NewUrl();
        var hungUp = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Host.Answer(
            url,
            async http =>
            {
                http.Response.ContentType = "application/json";
                http.RequestAborted.Register(hungUp.SetResult);
                while (!http.RequestAborted.IsCancellationRequested)
                {
                    await http.Response.WriteAsync(new string(' ', 4096));
                }
            }
        );
        await fixture.AssertRefusedAsync(url, "larger than 5120 bytes");
        await hungUp.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_compressed_document_is_not_decompressed()
    {
        var url = fixture.Publish(null, ("Content-Encoding", "gzip"));
        await fixture.AssertRefusedAsync(url, "Content-Encoding");
        Assert.False(fixture.Host.RequestsFor(url)[0].ContainsKey("Accept-Encoding"));
        // Which means that it is not compressed (RFC 9110 §12.5.3).
        await fixture.AssertAcceptedAsync(fixture.Publish(null, ("Content-Encoding", "identity")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fetch_from_a_slow_host_is_abandoned_and_does_not_delay_other_requests(bool answersHeaders)
    {
        await using var system = await DocumentSystem.StartAsync(options =>
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:Timeout", "00:00:01")
        );
        var url = system.NewUrl();
        system.Host.Answer(
            url,
            async http =>
            {
                http.Response.ContentType = "application/json";
                for (var i = 0; answersHeaders && i < 30; i++)
                {
                    await http.Response.WriteAsync(" ", http.RequestAborted);
                    await http.Response.Body.FlushAsync(http.RequestAborted);
                    await Task.Delay(500, http.RequestAborted);
                }

                await Task.Delay(TimeSpan.FromSeconds(30), http.RequestAborted);
            }
        );
        var slow = system.AssertRefusedAsync(url, "was not received within 1 seconds", 503);
        await system.AssertAcceptedAsync(system.Publish());
        await slow.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("expired")]
    [InlineData("othername")]
    [InlineData("selfsigned")]
    public async Task An_untrusted_certificate_aborts_the_fetch(string prefix)
    {
        var url = $"https://{prefix}.certificate.example/client.json";
        fixture.Publish(url);
        await fixture.AssertRefusedAsync(url, "certificate", 503);
        Assert.Empty(fixture.Host.RequestsFor(url));
    }

    [Fact]
    public async Task An_unresolvable_host_name_is_a_temporary_error()
    {
        var url = fixture.NewUrl();
        fixture.Transport.Map(
            new Uri(url).Host,
            () => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound)
        );
        await fixture.AssertRefusedAsync(url, "cannot be resolved", 503);
    }

    [Fact]
    public async Task The_request_carries_no_cookies_credentials_or_trace_context()
    {
        using var activity = new System.Diagnostics.Activity("test").Start();
        var url = fixture.Publish(null, ("Set-Cookie", "tracker=1"), ("Cache-Control", "no-store"));
        await fixture.AssertAcceptedAsync(url);
        fixture.System.Clock.Advance(TimeSpan.FromMinutes(6));
        await fixture.AssertAcceptedAsync(url);
        var requests = fixture.Host.RequestsFor(url);
        Assert.Equal(2, requests.Count);
        Assert.All(
            requests,
            headers =>
            {
                Assert.Equal(["Accept", "Host", "User-Agent"], headers.Keys.Order(StringComparer.Ordinal));
                Assert.StartsWith("McpOidc/", headers.UserAgent.ToString(), StringComparison.Ordinal);
            }
        );
    }

    [Fact]
    public async Task Fetches_from_one_host_are_limited_per_minute_and_other_hosts_are_not_affected()
    {
        await using var system = await DocumentSystem.StartAsync(options =>
            options.Set("McpOidc:Registration:ClientIdMetadataDocuments:FetchesPerHostPerMinute", "3")
        );
        for (var i = 0; i < 3; i++)
        {
            await system.AssertRefusedAsync($"https://victim.example/{i}", "answered 404");
        }

        system.Publish("https://victim.example/good");
        await system.AssertRefusedAsync("https://victim.example/good", "Too many requests were made", 503);
        await system.AssertAcceptedAsync(system.Publish());
        using var client = system.CreateClient("https://victim.example/good");
        var machine = await client.RefreshAsync("x.y.z");
        Assert.Equal((503, "temporarily_unavailable"), (machine.Status, machine.Error));
        Assert.NotNull(machine.Headers.RetryAfter);

        system.System.Clock.Advance(TimeSpan.FromMinutes(1));
        await system.AssertAcceptedAsync("https://victim.example/good");
    }

    private void Serve(string url, int size, bool withLength)
    {
        var document = DocumentSystem.Document(url);
        document["padding"] = "";
        document["padding"] = new string('x', size - document.ToJsonString().Length);
        var text = document.ToJsonString();
        fixture.Host.Answer(url, http => DocumentHost.WriteAsync(http, text, withLength ? [("Content-Length", $"{text.Length}")] : []));
    }
}
