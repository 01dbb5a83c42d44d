using McpOidc.DevIdp;

var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
await using var idp = await DevIdpHost.StartAsync(options => settings.GetSection("DevIdp").Bind(options));
Console.WriteLine($"Demo identity provider: {idp.Issuer}");
Console.WriteLine($"Client: {idp.Options.ClientId}, secret {idp.Options.ClientSecret}");
Console.WriteLine($"Users: {string.Join(", ", idp.Options.Users.Select(user => $"{user.UserName} (password {user.Password})"))}");
await idp.WaitForShutdownAsync(CancellationToken.None);
