using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Tests.Federation;

/// <summary>An API that echoes the Authorization header it receives.</summary>
internal sealed class EchoApi(TestSite site) : IAsyncDisposable
{
    public string Url => site.Origin;

    public static async Task<EchoApi> StartAsync() =>
        new(
            await TestSite.StartAsync(
                Loopback.FreePort(),
                [],
                _ => { },
                app =>
                {
                    app.UseRouting();
                    app.MapFallback((HttpContext http) => http.Request.Headers.Authorization.ToString());
                }
            )
        );

    public ValueTask DisposeAsync() => site.DisposeAsync();
}
