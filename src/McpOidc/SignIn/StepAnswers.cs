using System.Text.Json;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.Sessions;
using McpOidc.Storage;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace McpOidc.SignIn;

/// <summary>
/// A step is executed once, and a repetition gets the same result: users double-click, reload or go back, and the browser shows only the
/// last response. This works for some seconds, in the same browser, with the same decision; later a page says that the sign-in is
/// complete.
/// </summary>
internal sealed class StepAnswers(
    RecordStore records,
    Interactions interactions,
    BrowserCookies cookies,
    ErrorPage errors,
    TimeProvider clock
)
{
    /// <summary>How long a repetition gets the result.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    // The first request waits for the identity provider, for as long as a user would wait.
    private const int MostLooks = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Stores the result of a step.</summary>
    public async Task<IResult> RememberAsync(HttpContext http, TakenStep step, string? decision, IResult answer)
    {
        var next = answer as SeeOther;
        var set = http.Response.Headers.SetCookie;
        var remembered = new StepAnswer(
            OpaqueToken.Hash(decision ?? ""),
            next?.Location,
            next is { IsPath: true },
            [.. set.OfType<string>()]
        );
        var place = PlaceOf(step.Shown);
        var kept = new StepAnswerRecord(
            cookies.SealOf(http).Seal(JsonSerializer.Serialize(remembered, ServerJson.Default.StepAnswer), place)
        );
        await Task.WhenAll(
            next?.Ready ?? Task.CompletedTask,
            records.AddAsync(ServerKeys.StepAnswer, place, kept, clock.GetUtcNow() + Lifetime, CancellationToken.None).AsTask()
        );
        return answer;
    }

    /// <summary>Answers a repetition.</summary>
    public async Task<IResult> RepeatAsync(HttpContext http, TakenStep step, string? decision, CancellationToken cancellationToken)
    {
        for (var looks = 1; ; looks++)
        {
            if (await FindAsync(http, step.Shown, cancellationToken) is { } answer)
            {
                await records.ConfirmAsync(ServerKeys.StepAnswer, PlaceOf(step.Shown), cancellationToken);
                return answer.Decision == OpaqueToken.Hash(decision ?? "") ? LeadOn(http, answer) : Done(step.Shown);
            }

            if (clock.GetUtcNow() - step.TakenAt > Lifetime)
            {
                return Done(step.Shown);
            }

            if (looks == MostLooks)
            {
                return errors.StartAgain("step_lost");
            }

            // The first one is in progress, here or in another process.
            await Task.Delay(s_pause, cancellationToken);
        }
    }

    /// <returns>The page shown for a step that was taken long ago. A browser without a signed-in user has not completed it.</returns>
    public async Task<IResult?> FindOverAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken) =>
        cookies.ReadSession(http) is { Length: > 0 }
        && await interactions.FindTakenAsync(shown, cancellationToken) is { } takenAt
        && clock.GetUtcNow() - takenAt > Lifetime
            ? Done(shown)
            : null;

    /// <summary>The page that says that a sign-in is complete.</summary>
    public static HtmlPage Done(Interaction? interaction) =>
        new(
            StatusCodes.Status200OK,
            PageText.DoneTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[PageText.DoneTitle]}</h1>
                    <p>{texts[PageText.DoneAdvice]}</p>
                    """
                )
        )
        {
            UiLocales = interaction?.UiLocales,
        };

    private IResult LeadOn(HttpContext http, StepAnswer answer)
    {
        if (answer.Location is not { } location)
        {
            return errors.StartAgain("step_repeated");
        }

        foreach (var cookie in answer.Cookies)
        {
            http.Response.Headers.Append(HeaderNames.SetCookie, cookie);
        }

        return new SeeOther(location, answer.IsPath);
    }

    private async Task<StepAnswer?> FindAsync(HttpContext http, Interaction shown, CancellationToken cancellationToken)
    {
        var place = PlaceOf(shown);
        return
            await records.GetAsync(ServerKeys.StepAnswer, place, cancellationToken) is { Value.Sealed: var sealedAnswer }
            && cookies.SealOf(http).Open(sealedAnswer, place) is { } answer
            ? JsonSerializer.Deserialize(answer, ServerJson.Default.StepAnswer)
            : null;
    }

    // By the content of the step rather than the encoding of its id.
    private static string PlaceOf(Interaction shown) => OpaqueToken.Hash($"{shown.BrowserHash}.{shown.Id}.{shown.Mark}.{shown.Step}");
}
