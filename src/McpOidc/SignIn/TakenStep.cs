namespace McpOidc.SignIn;

/// <summary>A step of an interaction that somebody takes.</summary>
/// <param name="Shown">The step as it was before.</param>
/// <param name="Mark">By which the next one is taken; absent where this one was taken before.</param>
/// <param name="TakenAt">When it was taken before, or a later one of the same interaction.</param>
internal sealed record TakenStep(Interaction Shown, long? Mark, DateTimeOffset TakenAt)
{
    public bool IsRepeated => Mark is null;

    /// <summary>The interaction as it goes on.</summary>
    public Interaction Interaction => Shown with { Mark = Mark ?? Shown.Mark };
}
