namespace McpOidc.SignIn;

/// <summary>The result of a step, for the browser that took it.</summary>
/// <param name="Decision">The decision, as a hash: a different decision does not get this result.</param>
/// <param name="Location">The URL; absent if the result was a page that is not shown twice.</param>
/// <param name="IsPath">Whether it is a path of this server.</param>
/// <param name="Cookies">The cookies of the response, which a browser that repeated the request has discarded.</param>
internal sealed record StepAnswer(string Decision, string? Location, bool IsPath, string[] Cookies);

/// <summary>A stored <see cref="StepAnswer"/>.</summary>
/// <param name="Sealed">Sealed with the browser's cookie (<see cref="Sessions.BrowserSeal"/>).</param>
internal sealed record StepAnswerRecord(byte[] Sealed);
