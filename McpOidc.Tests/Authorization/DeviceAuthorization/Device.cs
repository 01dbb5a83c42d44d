using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;
using McpOidc.Tests.Hosting;

namespace McpOidc.Tests.Authorization.DeviceAuthorization;

/// <summary>A program without a browser, speaking the device protocol.</summary>
internal sealed class Device(OAuthClient client) : IDisposable
{
    public const string GrantType = "urn:ietf:params:oauth:grant-type:device_code";

    public OAuthClient Client => client;

    /// <summary>The response that started the flow.</summary>
    public TokenAnswer Begun { get; private set; } = null!;

    public string Code => Begun["device_code"] ?? throw new InvalidOperationException(Begun.Body.ToJsonString());

    public string UserCode => Begun["user_code"] ?? throw new InvalidOperationException(Begun.Body.ToJsonString());

    public static async Task<Device> BeginAsync(OAuthClient client, params (string Name, string? Value)[] changes)
    {
        var device = new Device(client);
        (string, string?)[] asked = [("scope", "openid files:read"), ("resource", client.Resource), .. changes];
        device.Begun = await client.PostAsync("/device_authorization", asked);
        return device;
    }

    /// <summary>Polls for the user's decision.</summary>
    public Task<TokenAnswer> PollAsync(params (string Name, string? Value)[] changes) =>
        client.PostAsync("/token", [("grant_type", GrantType), ("device_code", Code), .. changes]);

    public void Dispose() => client.Dispose();
}

/// <summary>The pages of <c>/device</c> as a user sees them.</summary>
internal sealed class DevicePage(TestSystem system, Browser browser)
{
    public string Html { get; private set; } = "";

    public int Status { get; private set; }

    public Dictionary<string, string> Fields { get; private set; } = [];

    private Uri Url => new(system.Issuer + "/device");

    /// <summary>Opens the page, signing in if needed.</summary>
    public async Task OpenAsync(string? url = null)
    {
        url ??= Url.AbsoluteUri;
        var end = await browser.OpenAsync(url, uri => uri.AbsolutePath == Url.AbsolutePath);
        await ReadAsync(await browser.GetAsync(end.Html is null ? end.Uri.AbsoluteUri : url));
    }

    public Task TypeAsync(string code) => SendAsync(fields => fields["code"] = code);

    public Task DecideAsync(string decision) => SendAsync(fields => fields["decision"] = decision);

    public async Task SendAsync(Action<Dictionary<string, string>> change, Action<HttpRequestMessage>? request = null)
    {
        var fields = new Dictionary<string, string>(Fields);
        change(fields);
        await ReadAsync(await browser.PostAsync(Url, fields, request));
    }

    /// <summary>A user who completes every step.</summary>
    public static async Task<DevicePage> AllowAsync(TestSystem system, Browser browser, string code)
    {
        var page = new DevicePage(system, browser);
        await page.OpenAsync();
        await page.TypeAsync(code);
        await page.DecideAsync("allow");
        return page;
    }

    private async Task ReadAsync(HttpResponseMessage response)
    {
        using (response)
        {
            (Status, Html) = ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }

        Fields = new HtmlParser()
            .ParseDocument(Html)
            .QuerySelectorAll("form input[name]")
            .OfType<IHtmlInputElement>()
            .Where(input => input.Type != "checkbox" || input.IsChecked)
            .ToDictionary(input => input.Name!, input => input.Value);
    }
}
