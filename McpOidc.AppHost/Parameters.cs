namespace McpOidc.AppHost;

/// <summary>Parameters that are asked for or generated, with descriptions.</summary>
internal static class Parameters
{
    /// <summary>A secret that is generated once and kept.</summary>
    public static IResourceBuilder<ParameterResource> AddGeneratedSecret(
        this IDistributedApplicationBuilder builder,
        string name,
        string description
    ) =>
        builder
            .AddParameter(name, new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true)
            .WithDescription(description);

    /// <summary>A value that the operator enters.</summary>
    public static ReferenceExpression AddText(this IDistributedApplicationBuilder builder, string name, string description) =>
        ReferenceExpression.Create($"{builder.AddParameter(name).WithDescription(description)}");
}
