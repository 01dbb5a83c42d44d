using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace McpOidc.Tests.Hosting;

/// <summary>What an application puts before everything else.</summary>
internal sealed class FirstMiddleware(Action<IApplicationBuilder> use) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) =>
        app =>
        {
            use(app);
            next(app);
        };
}
