namespace McpOidc.SignIn;

/// <summary>Where a step led, for the browser that took it.</summary>
/// <param name="Decision">What was decided by it, as a hash: another decision is not led on.</param>
/// <param name="Location">The address; absent where there was a page that is not shown twice.</param>
/// <param name="IsPath">Whether that is a path of this server.</param>
/// <param name="Cookies">What the answer set: a browser that asked again has thrown it away.</param>
internal sealed record StepAnswer(string Decision, string? Location, bool IsPath, string[] Cookies);

/// <summary>A <see cref="StepAnswer"/> as it is kept.</summary>
/// <param name="Sealed">Under the cookie of the browser (<see cref="Sessions.BrowserSeal"/>).</param>
internal sealed record StepAnswerRecord(byte[] Sealed);
