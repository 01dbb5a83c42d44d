using System.Text.Json.Nodes;
using McpOidc.Tests.Interop;

namespace McpOidc.Tests.Chromium;

/// <summary>
/// A window of a real browser, without JavaScript unless a page is audited. It represents a user with screen, mouse and keyboard, or with
/// the keyboard only.
/// </summary>
public sealed class ChromiumWindow : IAsyncDisposable
{
    private const int MostTabs = 40;
    private readonly NodeProgram _program = NodeProgram.Start("chromium.mjs", ChromiumRequirement.RequireProgram());

    /// <summary>Resets the window: no cookies, one size, one language.</summary>
    public Task OpenAsync(string language = "en", bool script = false, int width = 1280, int height = 800) =>
        SendAsync(
            new JsonObject
            {
                ["op"] = "open",
                ["width"] = width,
                ["height"] = height,
                ["language"] = language,
                ["script"] = script,
            }
        );

    /// <summary>
    /// The same with script and with a user's cookies, in a window that is reused for the same arguments: for pages that leave nothing
    /// behind but cookies.
    /// </summary>
    public Task OpenKeptAsync(string language, JsonNode? cookies) =>
        SendAsync(
            new JsonObject
            {
                ["op"] = "open",
                ["width"] = 1280,
                ["height"] = 800,
                ["language"] = language,
                ["script"] = true,
                ["kept"] = true,
                ["cookies"] = cookies?.DeepClone(),
            }
        );

    /// <summary>The cookies that sign the same user in to another window.</summary>
    public async Task<JsonNode> CookiesAsync() => (await SendAsync(new JsonObject { ["op"] = "cookies" }))["cookies"]!;

    /// <summary>Opens the first closed section of the page.</summary>
    public async Task<ShownPage> ExpandAsync() => new(await SendAsync(new JsonObject { ["op"] = "expand" }));

    /// <summary>The position of an element in the window, without scrolling to it.</summary>
    public async Task<(double Top, double Bottom)> PlaceAsync(string role, string name)
    {
        var box = await SendAsync(At("place", role, name));
        var top = box["y"]!.GetValue<double>();
        return (top, top + box["height"]!.GetValue<double>());
    }

    public async Task<ShownPage> GoAsync(string url) => new(await SendAsync(new JsonObject { ["op"] = "go", ["url"] = url }));

    /// <summary>Clicks the element with this accessible role and name.</summary>
    public Task<ShownPage> ClickAsync(string role, string name) => DoAsync("click", role, name);

    /// <summary>Presses Enter, wherever the focus is.</summary>
    public Task<ShownPage> EnterAsync(string role, string name) => DoAsync("enter", role, name);

    /// <summary>Clicks the element's position immediately, without waiting.</summary>
    public Task<ShownPage> StrikeAsync(string role, string name) => DoAsync("strike", role, name);

    /// <summary>The speed of animations on pages; 0 stops them.</summary>
    public Task PaceAsync(int rate) => SendAsync(new JsonObject { ["op"] = "pace", ["rate"] = rate });

    /// <summary>
    /// Clicks an element that opens a window, and switches to it after the client has navigated it the given number of times.
    /// </summary>
    public async Task<ShownPage> OpenPopupAsync(string role, string name, int times = 1)
    {
        var popup = At("popup", role, name);
        popup["times"] = times;
        return new(await SendAsync(popup));
    }

    /// <summary>Returns to the first window and waits until it has a title.</summary>
    public async Task<ShownPage> ReturnAsync(string title) => new(await SendAsync(new JsonObject { ["op"] = "first", ["title"] = title }));

    public async Task<ShownPage> PressAsync(string key) => new(await SendAsync(new JsonObject { ["op"] = "press", ["key"] = key }));

    /// <summary>Gives the user a device with passkeys, which unlocks immediately.</summary>
    public Task AddPasskeyDeviceAsync() => SendAsync(new JsonObject { ["op"] = "passkeys" });

    /// <summary>Types into a field, found by its label.</summary>
    public Task FillAsync(string name, string text) =>
        SendAsync(
            new JsonObject
            {
                ["op"] = "fill",
                ["role"] = "textbox",
                ["name"] = name,
                ["text"] = text,
            }
        );

    public Task TypeAsync(string text) => SendAsync(new JsonObject { ["op"] = "type", ["text"] = text });

    /// <summary>The focused element, by accessible role and name.</summary>
    public async Task<(string Role, string Name)> FocusedAsync()
    {
        var focused = await SendAsync(new JsonObject { ["op"] = "focused" });
        return (focused["role"]!.GetValue<string>(), focused["name"]!.GetValue<string>());
    }

    /// <summary>Presses Tab until an element has the focus.</summary>
    /// <returns>All elements that had the focus on the way, including this one.</returns>
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

    /// <summary>Audits the page with axe in both sizes and, in English, in both color schemes. Takes the screenshots.</summary>
    /// <returns>The violations, with size and color scheme.</returns>
    public async Task<(IReadOnlyList<string> Violations, int Rules)> AuditAsync(string name, bool isEnglish)
    {
        var found = await SendAsync(
            new JsonObject
            {
                ["op"] = "audit",
                ["name"] = name,
                ["folder"] = Pictures.Folder,
                ["colors"] = new JsonArray(isEnglish ? ["light", "dark"] : ["light"]),
                ["pictures"] = new JsonArray([.. Pictures.Views(isEnglish).Select(view => JsonValue.Create(view))]),
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

    private async Task<ShownPage> DoAsync(string act, string role, string name) => new(await SendAsync(At(act, role, name)));

    private static JsonObject At(string act, string role, string name) =>
        new()
        {
            ["op"] = act,
            ["role"] = role,
            ["name"] = name,
        };

    private async Task<JsonObject> SendAsync(JsonObject command)
    {
        await _program.WriteAsync(command);
        return await _program.ReadAsync();
    }

    /// <summary>Activates an element, with the mouse or with the keyboard alone.</summary>
    public async Task<ShownPage> ActAsync(bool byKeys, string role, string name)
    {
        if (!byKeys)
        {
            return await ClickAsync(role, name);
        }

        await TabToAsync(role, name);
        return await PressAsync("Enter");
    }

    /// <summary>Signs a user in at the demo identity provider.</summary>
    public async Task<ShownPage> SignInAtProviderAsync(string person = "alice")
    {
        await NameAsync(person);
        return await ClickAsync("button", "Sign in");
    }

    /// <summary>The same in a window that the client closes once it has the response.</summary>
    public async Task SignInAndLeaveAsync()
    {
        await NameAsync("alice");
        await SendAsync(At("leave", "button", "Sign in"));
    }

    private async Task NameAsync(string person)
    {
        foreach (var field in new[] { "User name", "Password" })
        {
            var fill = At("fill", "textbox", field);
            fill["text"] = person;
            await SendAsync(fill);
        }
    }
}
