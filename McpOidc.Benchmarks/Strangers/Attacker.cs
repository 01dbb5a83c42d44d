using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using McpOidc.Benchmarks.Load;

namespace McpOidc.Benchmarks.Strangers;

/// <summary>One attacker at one address, at a fixed rate as long as the server keeps up.</summary>
internal sealed class Attacker(LoadSystem system, string address, int perSecond)
{
    private const int AtOnce = 64;

    /// <summary>Counts the responses by status.</summary>
    public async Task<IReadOnlyDictionary<int, int>> RunAsync(Attack attack, CancellationToken cancellationToken)
    {
        var answers = new ConcurrentDictionary<int, int>();
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        using var slots = new SemaphoreSlim(AtOnce);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        var number = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                for (var i = 0; i < perSecond / 100 && await slots.WaitAsync(0, cancellationToken); i++)
                {
                    _ = SendAsync(http, attack, number++, answers, slots);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The time is up.
        }

        // Requests in flight complete before their connections are closed.
        for (var i = 0; i < AtOnce; i++)
        {
            await slots.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None);
        }

        return answers;
    }

    private async Task SendAsync(HttpClient http, Attack attack, int number, ConcurrentDictionary<int, int> answers, SemaphoreSlim slots)
    {
        try
        {
            using var request = attack.Make(number, system.Issuer);
            request.RequestUri = new Uri(system.AuthServer.Origin + request.RequestUri!.PathAndQuery);
            request.Headers.Host = new Uri(system.Issuer).Authority;
            request.Headers.Add("X-Forwarded-Proto", "https");
            request.Headers.Add("X-Forwarded-For", address);
            using var response = await http.SendAsync(request);
            answers.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
            if (number == 0 && response.StatusCode == System.Net.HttpStatusCode.Created)
            {
                var body = JsonNode.Parse(await response.Content.ReadAsStringAsync());
                Attack.Registered.ClientId = body!["client_id"]!.GetValue<string>();
            }
        }
        catch (HttpRequestException)
        {
            answers.AddOrUpdate(0, 1, (_, count) => count + 1);
        }
        finally
        {
            slots.Release();
        }
    }
}
