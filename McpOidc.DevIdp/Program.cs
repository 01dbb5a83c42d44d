using McpOidc.DevIdp;

var settings = new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build();
DevIdpInstance started;
try
{
    started = await DevIdpHost.StartAsync(options => settings.GetSection("DevIdp").Bind(options));
}
catch (Exception exception) when (exception is InvalidOperationException or UriFormatException)
{
    // The environment, the port or a setting is wrong; the message names it.
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}

await using var idp = started;
Console.WriteLine($"Demo identity provider: {idp.Issuer}");
Console.WriteLine($"Client: {idp.Options.ClientId}, secret {idp.Options.ClientSecret}");
Console.WriteLine($"Users: {string.Join(", ", idp.Options.Users.Select(user => $"{user.UserName} (password {user.Password})"))}");
await idp.WaitForShutdownAsync(CancellationToken.None);
return 0;
