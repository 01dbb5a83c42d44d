namespace McpOidc.AppHost;

/// <summary>What is asked for or made, with what it is for.</summary>
internal static class Parameters
{
    /// <summary>A secret that is made once and kept.</summary>
    public static IResourceBuilder<ParameterResource> AddGeneratedSecret(
        this IDistributedApplicationBuilder builder,
        string name,
        string description
    ) =>
        builder
            .AddParameter(name, new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true, persist: true)
            .WithDescription(description);

    /// <summary>What the operator knows.</summary>
    public static ReferenceExpression AddText(this IDistributedApplicationBuilder builder, string name, string description) =>
        ReferenceExpression.Create($"{builder.AddParameter(name).WithDescription(description)}");
}
