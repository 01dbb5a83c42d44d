using System.Text;
using McpOidc.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace McpOidc.Tests.Documentation;

/// <summary>
/// <c>docs/handlers.md</c> lists what OpenIddict and our handlers do, in order: a review shows when a handler moves, appears or disappears.
/// <c>UPDATE_HANDLERS=1</c> rewrites it.
/// </summary>
public sealed class HandlerOrderTests
{
    private static readonly string s_page = Path.Combine(SourceTree.Root, "docs", "handlers.md");

    [Fact]
    public async Task The_handlers_page_lists_the_handlers_in_the_order_in_which_they_are_called()
    {
        await using var system = await TestSystem.StartAsync(options => options.Standalone = true);
        var handlers = system.Server.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue.Handlers;
        var page = Write(handlers);
        if (Environment.GetEnvironmentVariable("UPDATE_HANDLERS") == "1")
        {
            await File.WriteAllTextAsync(s_page, page);
        }

        Assert.Equal(page, await File.ReadAllTextAsync(s_page));
    }

    private static string Write(IEnumerable<OpenIddictServerHandlerDescriptor> handlers)
    {
        var page = new StringBuilder(
            """
            # Handlers

            Written by `HandlerOrderTests`: every handler of OpenIddict's events at which one of ours stands, in the order in which they are called. **Ours** are bold; the
            folder is that of `src/McpOidc`.

            """
        );
        foreach (var group in handlers.GroupBy(handler => handler.ContextType).Where(group => group.Any(IsOurs)))
        {
            page.Append("\n## ").Append(EventOf(group.Key)).Append("\n\n");
            var number = 0;
            // Handlers with the same order have no defined sequence, so sort them by name.
            foreach (var handler in group.OrderBy(handler => handler.Order).ThenBy(Name, StringComparer.Ordinal))
            {
                page.Append(++number).Append(". ").Append(Name(handler)).Append('\n');
            }
        }

        return page.ToString();
    }

    private static string EventOf(Type context) => context.Name[..^"Context".Length];

    private static bool IsOurs(OpenIddictServerHandlerDescriptor handler) =>
        TypeOf(handler).Namespace!.StartsWith("McpOidc", StringComparison.Ordinal);

    private static string Name(OpenIddictServerHandlerDescriptor handler)
    {
        var type = TypeOf(handler);
        var name = type.Name.Split('`')[0];
        return IsOurs(handler)
            ? $"**{name}** (`{type.Namespace!.Replace("McpOidc.", "", StringComparison.Ordinal).Replace('.', '/')}`)"
            : name;
    }

    private static Type TypeOf(OpenIddictServerHandlerDescriptor handler) =>
        handler.ServiceDescriptor.ImplementationInstance?.GetType() ?? handler.ServiceDescriptor.ServiceType;
}
