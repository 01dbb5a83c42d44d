namespace McpOidc.AppHost;

internal static class RedisPersistence
{
    private const string Option = "--appendonly yes";

    /// <summary>
    /// Keeps every write but the last second's over a restart. Snapshots alone would bring refresh tokens back that were rotated since, and their
    /// clients would have to sign in again.
    /// </summary>
    public static IResourceBuilder<RedisResource> WithAppendOnlyFile(this IResourceBuilder<RedisResource> redis) => redis.WithArgs(context =>
    {
        if (context.ExecutionContext.IsRunMode)
        {
            foreach (var word in Option.Split(' '))
            {
                context.Args.Add(word);
            }
        }
        else
        {
            // Here the whole command is one argument of a shell.
            context.Args[^1] = $"{context.Args[^1]} {Option}";
        }
    });
}
