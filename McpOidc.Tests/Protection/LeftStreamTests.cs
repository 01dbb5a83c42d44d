using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using McpOidc.Protection;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.AspNetCore;
using Xunit.Abstractions;

namespace McpOidc.Tests.Protection;

/// <summary>Clients that abandon idle streams: the server releases each stream's resources.</summary>
public sealed class LeftStreamTests(ITestOutputHelper output)
{
    private const int Streams = 100;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly ConcurrentBag<WeakReference> _kept = [];
    private int _ended;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_of_ours_is_kept_of_a_stream_whose_client_has_left(bool ofSessions)
    {
        await using var signedIn = await SignedInSystem.StartAsync(options =>
        {
            options.Mcp = builder =>
            {
                builder.Services.Configure<HttpServerTransportOptions>(transport => transport.Stateless = false);
                builder.Services.AddSingleton<IStartupFilter>(new Watch(http => Note(http, ofSessions ? "/mcp" : "/idle")));
            };
            options.Map = app => app.MapGet("/idle", WaitAsync).RequireMcpOidc();
        });
        // Allocations for the first streams are kept.
        await LeaveAsync(signedIn, ofSessions, 20);
        var before = Measure();
        _kept.Clear();

        await LeaveAsync(signedIn, ofSessions, Streams);

        var after = Measure();
        var alive = _kept.Count(kept => kept.IsAlive);
        output.WriteLine(
            $"MCP sessions: {ofSessions}; {before:N1} MB before {Streams} streams, {after:N1} MB after they were left, "
                + $"{alive} of {_kept.Count} kept"
        );
        Assert.Equal(Streams, _kept.Count);
        Assert.InRange(alive, 0, Streams / 50);
    }

    private async Task LeaveAsync(SignedInSystem signedIn, bool ofSessions, int streams)
    {
        var before = Volatile.Read(ref _ended);
        using (var http = new HttpClient { Timeout = s_patience })
        {
            var answers = new List<HttpResponseMessage>();
            for (var number = 0; number < streams; number++)
            {
                var session = ofSessions ? await BeginSessionAsync(http, signedIn) : null;
                var url = ofSessions ? signedIn.System.Resource : signedIn.System.McpOrigin + "/idle";
                using var request = Request(HttpMethod.Get, url, signedIn.Tokens.AccessToken, session);
                answers.Add(await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead));
                Assert.Equal(200, (int)answers[^1].StatusCode);
            }

            answers.ForEach(answer => answer.Dispose());
        }

        using var limit = new CancellationTokenSource(s_patience);
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (Volatile.Read(ref _ended) < before + streams)
        {
            await pulse.WaitForNextTickAsync(limit.Token);
        }
    }

    private static async Task<string> BeginSessionAsync(HttpClient http, SignedInSystem signedIn)
    {
        using var request = Request(HttpMethod.Post, signedIn.System.Resource, signedIn.Tokens.AccessToken, session: null);
        request.Content = new StringContent(
            """{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}""",
            Encoding.UTF8,
            "application/json"
        );
        using var answer = await http.SendAsync(request);
        return answer.Headers.GetValues("Mcp-Session-Id").Single();
    }

    private static HttpRequestMessage Request(HttpMethod method, string url, string token, string? session)
    {
        var request = new HttpRequestMessage(method, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.ParseAdd("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (session is not null)
        {
            request.Headers.Add("Mcp-Session-Id", session);
        }

        return request;
    }

    private static async Task WaitAsync(HttpContext http)
    {
        await http.Response.StartAsync();
        await http.Response.Body.FlushAsync();
        var left = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var _ = http.RequestAborted.Register(left.SetResult);
        await left.Task;
    }

    private void Note(HttpContext http, string path)
    {
        if (HttpMethods.IsGet(http.Request.Method) && http.Request.Path == path)
        {
            _kept.Add(new WeakReference(http.Features.Get<OpenStream>() ?? throw new InvalidOperationException("Nothing watched it.")));
            Interlocked.Increment(ref _ended);
        }
    }

    private static double Measure()
    {
        for (var time = 0; time < 3; time++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true) / 1048576.0;
    }

    private sealed class Watch(Action<HttpContext> ended) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
            app =>
            {
                app.Use(
                    async (http, rest) =>
                    {
                        try
                        {
                            await rest(http);
                        }
                        finally
                        {
                            ended(http);
                        }
                    }
                );
                next(app);
            };
    }
}
