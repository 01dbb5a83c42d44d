using System.Text.Json.Nodes;
using McpOidc.Tests.Interop;

namespace McpOidc.Tests.Chromium;

/// <summary>A window of a real browser, without JavaScript unless a page is audited. A person sits before it: who sees, points and types,
/// or has keys only.</summary>
public sealed class ChromiumWindow : IAsyncDisposable
{
    private const int MostTabs = 40;
    private readonly NodeProgram _program = NodeProgram.Start("chromium.mjs", ChromiumRequirement.RequireProgram());

    /// <summary>Begins anew: no cookies, one size, one language.</summary>
    public Task OpenAsync(string language = "en", bool script = false, int width = 1280) =>
        SendAsync(
            new JsonObject
            {
                ["op"] = "open",
                ["width"] = width,
                ["height"] = 800,
                ["language"] = language,
                ["script"] = script,
            }
        );

    public async Task<ShownPage> GoAsync(string url) => new(await SendAsync(new JsonObject { ["op"] = "go", ["url"] = url }));

    /// <summary>Clicks what has this role and name for a screen reader.</summary>
    public async Task<ShownPage> ClickAsync(string role, string name) =>
        new(
            await SendAsync(
                new JsonObject
                {
                    ["op"] = "click",
                    ["role"] = role,
                    ["name"] = name,
                }
            )
        );

    /// <summary>Clicks where something is, at once, and waits for nothing.</summary>
    public async Task<ShownPage> StrikeAsync(string role, string name) =>
        new(
            await SendAsync(
                new JsonObject
                {
                    ["op"] = "strike",
                    ["role"] = role,
                    ["name"] = name,
                }
            )
        );

    /// <summary>How fast time passes for what moves on pages; 0 stops it.</summary>
    public Task PaceAsync(int rate) => SendAsync(new JsonObject { ["op"] = "pace", ["rate"] = rate });

    /// <summary>Clicks what opens a window, and goes on there.</summary>
    public async Task<ShownPage> OpenPopupAsync(string role, string name) =>
        new(
            await SendAsync(
                new JsonObject
                {
                    ["op"] = "popup",
                    ["role"] = role,
                    ["name"] = name,
                }
            )
        );

    /// <summary>Goes back to the first window and waits until it has a title.</summary>
    public async Task<ShownPage> ReturnAsync(string title) => new(await SendAsync(new JsonObject { ["op"] = "first", ["title"] = title }));

    public async Task<ShownPage> PressAsync(string key) => new(await SendAsync(new JsonObject { ["op"] = "press", ["key"] = key }));

    public Task TypeAsync(string text) => SendAsync(new JsonObject { ["op"] = "type", ["text"] = text });

    /// <summary>What has the focus, as a screen reader says it.</summary>
    public async Task<(string Role, string Name)> FocusedAsync()
    {
        var focused = await SendAsync(new JsonObject { ["op"] = "focused" });
        return (focused["role"]!.GetValue<string>(), focused["name"]!.GetValue<string>());
    }

    /// <summary>Presses Tab until something has the focus.</summary>
    /// <returns>All that had it on the way, this one too.</returns>
    public async Task<IReadOnlyList<string>> TabToAsync(string role, string name)
    {
        var passed = new List<string>();
        for (var tab = 0; tab < MostTabs; tab++)
        {
            await SendAsync(new JsonObject { ["op"] = "press", ["key"] = "Tab" });
            var focused = await FocusedAsync();
            passed.Add($"{focused.Role} {focused.Name}");
            if (focused == (role, name))
            {
                return passed;
            }
        }

        throw new InvalidOperationException($"Tab does not lead to {role} {name} but to {string.Join(", ", passed)}.");
    }

    /// <summary>Asks axe about the page in both sizes and both colours, and takes a picture of each.</summary>
    /// <returns>What is wrong, with the size and the colours.</returns>
    public async Task<(IReadOnlyList<string> Violations, int Rules)> AuditAsync(string name)
    {
        var found = await SendAsync(
            new JsonObject
            {
                ["op"] = "audit",
                ["name"] = name,
                ["folder"] = Pictures.Folder,
            }
        );
        foreach (
            var picture in Pictures.InDocs.Where(picture =>
                Pictures.FolderForDocs is not null && picture.StartsWith(name + "-", StringComparison.Ordinal)
            )
        )
        {
            File.Copy(
                Path.Combine(Pictures.Folder, picture + ".png"),
                Path.Combine(Pictures.FolderForDocs!, picture + ".png"),
                overwrite: true
            );
        }

        return ([.. found["violations"]!.AsArray().Select(violation => violation!.GetValue<string>())], found["rules"]!.GetValue<int>());
    }

    public ValueTask DisposeAsync() => _program.DisposeAsync();

    private async Task<JsonObject> SendAsync(JsonObject command)
    {
        await _program.WriteAsync(command);
        return await _program.ReadAsync();
    }

    /// <summary>Presses something, by a click or by keys alone.</summary>
    public async Task<ShownPage> ActAsync(bool byKeys, string role, string name)
    {
        if (!byKeys)
        {
            return await ClickAsync(role, name);
        }

        await TabToAsync(role, name);
        return await PressAsync("Enter");
    }

    /// <summary>Signs alice in at the demo identity provider, by keys.</summary>
    public async Task<ShownPage> SignInAtProviderAsync()
    {
        await NameAliceAsync();
        return await ClickAsync("button", "Sign in");
    }

    /// <summary>The same in a window that the client closes when it has its answer.</summary>
    public async Task SignInAndLeaveAsync()
    {
        await NameAliceAsync();
        await SendAsync(
            new JsonObject
            {
                ["op"] = "leave",
                ["role"] = "button",
                ["name"] = "Sign in",
            }
        );
    }

    private async Task NameAliceAsync()
    {
        await TabToAsync("textbox", "User name");
        await TypeAsync("alice");
        await TabToAsync("textbox", "Password");
        await TypeAsync("alice");
    }
}
