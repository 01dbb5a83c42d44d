namespace McpOidc.Benchmarks.Load;

/// <summary>
/// McpOidc as deployed: published, in the Production environment, behind a proxy that terminates TLS, with the log levels of its
/// <c>appsettings.json</c>. Only the rate limits are too high to be reached, because they would distort the results; they still count
/// requests.
/// </summary>
internal static class OurSystem
{
    private const string Secret = "the load rig's secret, which is long enough";
    private const string OutOfReach = "100000000";

    private static readonly string[] s_limits =
    [
        "RequestsPerClientPerMinute",
        "RequestsPerGrantPerMinute",
        "RequestsPerUserPerMinute",
        "AuthorizationsPerAddressPerMinute",
        "RegistrationsPerAddressPerHour",
        "RegistrationsPerHour",
        "StoredKilobytesPerAddressPerMinute",
        "StrangersMegabytes",
    ];

    public static async Task<LoadSystem> StartAsync(LoadOptions options, SystemPlan plan)
    {
        var cores = plan.Cores.Contains(null) ? null : string.Join(',', plan.Cores);
        var system = new LoadSystem
        {
            Prefix = plan.Prefix,
            IsPeer = false,
            Issuer = $"https://localhost:{LoadSystem.FreePort()}",
            McpOrigin = LoadSystem.FreeOrigin(),
            Provider = LoadSystem.FreeOrigin(),
        };
        await RedisNodes.StartAsync(system, plan.RedisNodes, cores, plan.DelaysStore);
        system.Own(
            await MeasuredProcess.StartAsync(
                new ProcessPlan(options.Benchmarks, StandInProvider.Name, system.Provider.Split(':')[^1])
                {
                    Health = system.Provider + "/jwks",
                    Cores = cores,
                }
            )
        );
        foreach (var own in plan.Cores)
        {
            var origin = LoadSystem.FreeOrigin();
            system.AuthServers.Add(
                new AuthServerPart(
                    system.Own(
                        await MeasuredProcess.StartAsync(AuthServer(options, system, origin, plan.KeepsLimits) with { Cores = own })
                    ),
                    origin,
                    own
                )
            );
        }

        if (plan.HasMcpServer)
        {
            system.Own(await ReverseProxy.StartAsync(options.Benchmarks, system.Issuer, system.AuthServers[0].Origin));
            system.McpServer = system.Own(await MeasuredProcess.StartAsync(McpServer(options, system)));
        }

        return system;
    }

    private static ProcessPlan AuthServer(LoadOptions options, LoadSystem system, string origin, bool keepsLimits)
    {
        var settings = Common(origin);
        settings["ConnectionStrings__redis"] = system.DelayedStore?.Connection ?? system.RedisConnection;
        settings["McpOidc__Issuer"] = system.Issuer;
        settings["McpOidc__Resources__0__Uri"] = system.Resource;
        settings["McpOidc__IdentityProvider__Issuer"] = system.Provider;
        settings["McpOidc__IdentityProvider__ClientId"] = "mcpoidc";
        settings["McpOidc__IdentityProvider__ClientSecret"] = "secret";
        settings["McpOidc__IdentityProvider__Scopes"] = "openid email profile offline_access";
        foreach (var limit in keepsLimits ? [] : s_limits)
        {
            settings["McpOidc__RateLimits__" + limit] = OutOfReach;
        }

        // appsettings.json is read from the working directory.
        return new ProcessPlan(options.AuthServer)
        {
            Environment = settings,
            Health = origin + "/health",
            Folder = Path.GetDirectoryName(options.AuthServer)!,
        };
    }

    private static ProcessPlan McpServer(LoadOptions options, LoadSystem system)
    {
        var settings = Common(system.McpOrigin);
        settings["ConnectionStrings__redis"] = system.RedisConnection;
        settings["McpOidc__Authority"] = system.Issuer;
        settings["McpOidc__ResourceServer__Resource"] = system.Resource;
        settings["SSL_CERT_FILE"] = LoadCertificate.Path;
        return new ProcessPlan(options.Benchmarks, TrivialMcpServer.Name)
        {
            Environment = settings,
            Health = system.McpOrigin + "/health",
            Folder = Path.GetDirectoryName(options.Benchmarks)!,
        };
    }

    private static Dictionary<string, string> Common(string origin) =>
        new()
        {
            ["ASPNETCORE_URLS"] = origin,
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["McpOidc__Secret"] = Secret,
            ["McpOidc__TrustedProxies__0"] = "127.0.0.0/8",
            ["McpOidc__TrustedProxies__1"] = "::1/128",
        };
}
