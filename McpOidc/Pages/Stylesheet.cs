using Microsoft.AspNetCore.Http;

namespace McpOidc.Pages;

/// <summary>The one stylesheet of all pages.</summary>
internal static class Stylesheet
{
    private const string Css = """
        :root { color-scheme: light dark; --ink: #1c2024; --paper: #ffffff; --back: #f3f4f6; --line: #d5d9de; --accent: #1f5fbf; --warn: #8a4b00; --warn-back: #fff4e0; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --paper: #1e2125; --back: #131518; --line: #3a3f45; --accent: #8ab4f8; --warn: #ffcf8f; --warn-back: #3a2a10; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
        main { max-width: 34rem; margin: 8vh auto; padding: 2rem; background: var(--paper); border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
        @media (max-width: 36rem) { main { margin: 0; border: 0; border-radius: 0; min-height: 100vh; } }
        h1 { font-size: 1.4rem; line-height: 1.3; margin: 0 0 1rem; }
        .host { font-size: 1.15rem; font-weight: 600; }
        .warning { background: var(--warn-back); color: var(--warn); padding: .75rem 1rem; border-radius: .5rem; }
        .quiet { opacity: .8; font-size: .9rem; }
        dt { font-weight: 600; margin-top: .75rem; } dd { margin: 0; }
        code, pre { font-family: ui-monospace, monospace; font-size: .9rem; }
        pre { padding: .75rem; background: var(--back); border-radius: .5rem; overflow-x: auto; white-space: pre-wrap; }
        form { display: flex; flex-wrap: wrap; gap: .75rem; margin-top: 1.5rem; }
        button, a.button { flex: 1 1 8rem; font: inherit; padding: .7rem 1rem; border-radius: .5rem; border: 1px solid var(--accent); background: transparent; color: var(--accent); cursor: pointer; text-align: center; text-decoration: none; }
        button.primary { background: var(--accent); color: var(--paper); font-weight: 600; }
        :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
        """;

    public static IResult Serve(HttpResponse response)
    {
        response.Headers.CacheControl = "public, max-age=3600";
        response.Headers.XContentTypeOptions = "nosniff";
        return Results.Text(Css, "text/css");
    }
}
