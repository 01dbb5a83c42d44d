using System.Net;
using McpOidc.Tests.Hosting;
using Microsoft.AspNetCore.WebUtilities;

namespace McpOidc.Tests.Interop;

/// <summary>
/// Stands in for the desktop's browser: programs named like its openers, whose folder goes first on PATH, hand the URL over,
/// and a <see cref="Browser"/> goes on from it until the page the client shows at the end.
/// </summary>
public sealed class BrowserBell : IAsyncDisposable
{
    // The bundled xdg-open of npm's "open" obeys BROWSER once it sees no desktop; macOS has "open".
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

    /// <summary>How often a page was to be opened.</summary>
    public int Rings { get; private set; }

    /// <summary>What went wrong in the browser.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Variables for the program that wants a browser, which must inherit no others: those of a desktop lead to a real
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

    /// <summary>mcp-remote opens the page before it listens for the answer, and nothing tells when it does: a person is slower, we have to
    /// try again.</summary>
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
