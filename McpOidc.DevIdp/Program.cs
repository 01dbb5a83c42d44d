using McpOidc.DevIdp;

await using var idp = await DevIdpHost.StartAsync();
Console.WriteLine($"Demo identity provider: {idp.Issuer}");
Console.WriteLine($"Client: {idp.Options.ClientId}, secret {idp.Options.ClientSecret}");
Console.WriteLine($"Users: {string.Join(", ", idp.Options.Users.Select(user => $"{user.UserName} (password {user.Password})"))}");
await idp.WaitForShutdownAsync(CancellationToken.None);
