namespace McpOidc.Hosting;

/// <summary>Marks that <c>AddProcessGuards()</c> was called.</summary>
internal sealed class ProcessGuards
{
    /// <summary>Whether the process is about to stop; see <see cref="Drain"/>.</summary>
    public bool IsDraining { get; set; }
}
