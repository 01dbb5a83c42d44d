using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.AppHost;

/// <summary>The store shared by both servers.</summary>
internal static class SharedRedis
{
    /// <summary>The image of Aspire's Redis.</summary>
    public const string Image = "redis:8.6";

    private const string Persistent = "--appendonly yes";

    /// <summary>
    /// Redis that keeps all writes except those of the last second across a restart. Snapshots alone would restore rotated refresh tokens,
    /// and their clients would have to sign in again.
    /// </summary>
    /// <returns>The resource; <see langword="null"/> if none is configured.</returns>
    public static IResourceBuilder<IResourceWithConnectionString>? AddSharedRedis(
        this IDistributedApplicationBuilder builder,
        string name,
        RedisKind kind
    ) =>
        kind switch
        {
            // Without TLS, because its address would depend on whether this machine trusts a development certificate.
            RedisKind.Container => builder
                .AddRedis(name)
                .WithoutHttpsCertificate()
                .WithDataVolume(builder.VolumeName(name))
                .WithAppendOnlyFile(),
            RedisKind.Executable => builder.AddRedisServer(name, Path.Combine(builder.DataFolder(), name)),
            _ => null,
        };

    /// <summary>The connection string only: Aspire would also pass host, port and password separately.</summary>
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
                // Here the whole command is a single shell argument.
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

/// <summary>The machine's own <c>redis-server</c>, on loopback, without a password.</summary>
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
