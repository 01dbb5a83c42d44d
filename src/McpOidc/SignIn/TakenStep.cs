namespace McpOidc.SignIn;

/// <summary>A step of an interaction that was taken.</summary>
/// <param name="Shown">The step before it was taken.</param>
/// <param name="Mark">The mark for the next step; absent if this one had already been taken.</param>
/// <param name="TakenAt">When it, or a later step of the same interaction, had already been taken.</param>
internal sealed record TakenStep(Interaction Shown, long? Mark, DateTimeOffset TakenAt)
{
    public bool IsRepeated => Mark is null;

    /// <summary>The continued interaction.</summary>
    public Interaction Interaction => Shown with { Mark = Mark ?? Shown.Mark };
}
