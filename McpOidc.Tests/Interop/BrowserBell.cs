using System.Net;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Interop;

/// <summary>
/// Stands in for the desktop's browser: programs named like the browser openers, in a folder first on PATH, pass the URL on, and a
/// <see cref="Browser"/> follows it to the client's final page.
/// </summary>
public sealed class BrowserBell : IAsyncDisposable
{
    // The xdg-open bundled with npm's "open" uses BROWSER when it finds no desktop; macOS has "open".
    private static readonly string[] s_openers = ["xdg-open", "open"];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mcpoidc-browser-");
    private readonly HttpListener _listener = new();
    private readonly Task _answering;

    public BrowserBell()
    {
        var url = $"http://localhost:{Loopback.FreePort()}/";
        _listener.Prefixes.Add(url);
        _listener.Start();
        foreach (var opener in s_openers)
        {
            WriteOpener(Path.Combine(_directory.FullName, opener), url);
        }

        _answering = AnswerAsync();
    }

    public Browser Browser { get; } = new();

    /// <summary>How often a client tried to open a page.</summary>
    public int Rings { get; private set; }

    /// <summary>What went wrong in the browser.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>The environment of the program that needs a browser; it must not inherit desktop variables, which would lead to a real
    /// one.</summary>
    public Dictionary<string, string?> Environment =>
        new()
        {
            ["PATH"] = _directory.FullName + Path.PathSeparator + System.Environment.GetEnvironmentVariable("PATH"),
            ["BROWSER"] = Path.Combine(_directory.FullName, s_openers[0]),
            ["HOME"] = _directory.FullName,
        };

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _answering.WaitAsync(TimeSpan.FromSeconds(60));
        Browser.Dispose();
        _directory.Delete(recursive: true);
    }

    private static void WriteOpener(string path, string url)
    {
        File.WriteAllText(
            path,
            $"""
            #!/bin/sh
            exec '{NodeRequirement.RequireProgram()}' -e 'fetch("{url}", {"{"} method: "POST", body: process.argv[1] {"}"})' "$1"

            """
        );
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("Windows opens pages by other means than a program on PATH.");
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task AnswerAsync()
    {
        while (true)
        {
            string url;
            try
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                url = await reader.ReadToEndAsync();
                context.Response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // The listener was closed.
                return;
            }

            Rings++;
            try
            {
                await GoAsync(url);
            }
            catch (Exception exception) when (exception is HttpRequestException or InvalidOperationException or OperationCanceledException)
            {
                Failure ??= exception;
            }
        }
    }

    private async Task GoAsync(string url)
    {
        var redirectUri = QueryHelpers.ParseQuery(new Uri(url).Query)["redirect_uri"].ToString();
        var result = await Browser.OpenAsync(url, uri => uri.AbsoluteUri.StartsWith(redirectUri, StringComparison.Ordinal));
        if (result.Query("code") is null)
        {
            throw new InvalidOperationException($"The browser ended at {result.Uri} with {result.Status}: {result.Html}");
        }

        using var answer = await CallBackAsync(result.Uri.AbsoluteUri);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException(
                $"The client answered {(int)answer.StatusCode} at its redirect URI: {await answer.Content.ReadAsStringAsync()}"
            );
        }
    }

    /// <summary>mcp-remote opens the page before it listens for the callback, and does not signal when it is ready: a user is slow enough,
    /// but a test has to retry.</summary>
    private async Task<HttpResponseMessage> CallBackAsync(string url)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var pulse = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                return await Browser.GetAsync(url);
            }
            catch (HttpRequestException exception)
                when (exception.HttpRequestError == HttpRequestError.ConnectionError && !limit.IsCancellationRequested)
            {
                await pulse.WaitForNextTickAsync(limit.Token);
            }
        }
    }
}
