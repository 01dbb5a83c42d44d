namespace McpOidc.Tests.Hosting;

/// <summary>Put on a class that inherits <see cref="StoreFactAttribute">store facts</see>: they need Redis here, though not
/// everywhere.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresRedisAttribute : Attribute;
