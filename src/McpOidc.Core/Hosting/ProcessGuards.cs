namespace McpOidc.Hosting;

/// <summary>Says that <c>AddProcessGuards()</c> was called.</summary>
internal sealed class ProcessGuards;
