using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.AppHost;

/// <summary>The store that both servers share.</summary>
internal static class SharedRedis
{
    /// <summary>The image that Aspire's Redis is.</summary>
    public const string Image = "redis:8.6";

    private const string Persistent = "--appendonly yes";

    /// <summary>
    /// Redis that keeps every write but the last second's over a restart. Snapshots alone would bring refresh tokens back that were rotated
    /// since, and their clients would have to sign in again.
    /// </summary>
    /// <returns>It; <see langword="null"/> where none is wanted.</returns>
    public static IResourceBuilder<IResourceWithConnectionString>? AddSharedRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        RedisKind kind
    ) =>
        kind switch
        {
            // Its address would change with whether this machine trusts a development certificate, hence without.
            RedisKind.Container => builder
                .AddRedis(name)
                .WithoutHttpsCertificate()
                .WithDataVolume(builder.VolumeName(name))
                .WithAppendOnlyFile(),
            RedisKind.Executable => builder.AddRedisServer(name, Path.Combine(builder.DataFolder(), name)),
            _ => null,
        };

    /// <summary>The connection string alone: Aspire would give host, port and password once more, each by itself.</summary>
    public static void WithConnectionTo(
        this IResourceBuilder<ProjectResource> server,
        IResourceBuilder<IResourceWithConnectionString> redis
    ) => server.WithReferenceEnvironment(ReferenceEnvironmentInjectionFlags.ConnectionString).WithReference(redis).WaitFor(redis);

    private static IResourceBuilder<RedisResource> WithAppendOnlyFile(this IResourceBuilder<RedisResource> redis) =>
        redis.WithArgs(context =>
        {
            if (context.ExecutionContext.IsRunMode)
            {
                foreach (var word in Persistent.Split(' '))
                {
                    context.Args.Add(word);
                }
            }
            else
            {
                // Here the whole command is one argument of a shell.
                context.Args[^1] = $"{context.Args[^1]} {Persistent}";
            }
        });

    private static IResourceBuilder<RedisServerResource> AddRedisServer(
        this IDistributedApplicationBuilder builder,
        string name,
        string folder
    )
    {
        Directory.CreateDirectory(folder);
        var resource = new RedisServerResource(name, folder);
        var check = $"{name}_check";
        builder
            .Services.AddHealthChecks()
            .AddRedis(_ => resource.Address ?? throw new InvalidOperationException($"{name} has no address yet."), check);
        return builder
            .AddResource(resource)
            .WithIconName("Database")
            .WithEndpoint(name: RedisServerResource.EndpointName, scheme: "tcp", isProxied: false)
            .WithArgs(context =>
            {
                context.Args.Add("--port");
                context.Args.Add(resource.Endpoint.Property(EndpointProperty.TargetPort));
                foreach (var word in $"--bind 127.0.0.1 {Persistent}".Split(' '))
                {
                    context.Args.Add(word);
                }
            })
            .OnConnectionStringAvailable(
                async (redis, _, cancellationToken) =>
                    redis.Address = await redis.ConnectionStringExpression.GetValueAsync(cancellationToken)
            )
            .WithHealthCheck(check)
            .ExcludeFromManifest();
    }
}

/// <summary>The <c>redis-server</c> of this machine, on loopback, without a password.</summary>
internal sealed class RedisServerResource(string name, string folder)
    : ExecutableResource(name, "redis-server", folder),
        IResourceWithConnectionString
{
    public const string EndpointName = "tcp";

    public EndpointReference Endpoint => new(this, EndpointName);

    /// <summary>The connection string, once the port is known.</summary>
    public string? Address { get; set; }

    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{Endpoint.Property(EndpointProperty.HostAndPort)}");
}
