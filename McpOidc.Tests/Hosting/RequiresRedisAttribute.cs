namespace McpOidc.Tests.Hosting;

/// <summary>Marks a class whose inherited <see cref="StoreFactAttribute">store facts</see> need Redis.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresRedisAttribute : Attribute;
