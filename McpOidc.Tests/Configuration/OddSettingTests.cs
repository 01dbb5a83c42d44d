using System.Collections;
using System.Reflection;
using McpOidc.Configuration;
using McpOidc.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace McpOidc.Tests.Configuration;

/// <summary>With any value of any setting, the application starts or says in sentences why it does not.</summary>
public sealed class OddSettingTests : IDisposable
{
    // The second-last is the longest time span that .NET reads.
    private static readonly string?[] s_values = [null, "", " ", "x", "10675199.02:48:05", "https://["];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mcpoidc-odd-");

    public static TheoryData<string> Settings
    {
        get
        {
            var data = new TheoryData<string>();
            using var app = Build([]);
            foreach (var section in app.Services.GetServices<SettingsSection>().Distinct())
            {
                data.AddRange([.. Below(section.Type, section.Path)]);
            }

            return data;
        }
    }

    public static TheoryData<string, string, string, string> Refused =>
        new()
        {
            { "McpOidc:Issuer", "https://auth.example.com ", "McpOidc__Issuer", "https URL" },
            { "McpOidc:IdentityProvider:Issuer", "https://idp.example.com\r", "McpOidc__IdentityProvider__Issuer", "https issuer" },
            { "McpOidc:IdentityProvider:ClientId", " mcpoidc", "McpOidc__IdentityProvider__ClientId", "white space" },
            { "McpOidc:IdentityProvider:ClientSecret", "its-secret\n", "McpOidc__IdentityProvider__ClientSecret", "white space" },
            // A list of one value would otherwise have no effect: all tenants, or all people, could sign in.
            { "McpOidc:IdentityProvider:Tenants", "a-tenant", "McpOidc__IdentityProvider__Tenants", "IdentityProvider:Tenants:0" },
            { "McpOidc:IdentityProvider:Allow", "example.com", "McpOidc__IdentityProvider__Allow", "IdentityProvider:Allow:0" },
            { "McpOidc:TrustedProxies", "10.0.0.0/8", "McpOidc__TrustedProxies", "McpOidc:TrustedProxies:0" },
            { "McpOidc:IdentityProvider:Providers:a:Domains", "a.com", "McpOidc__IdentityProvider__Providers__a__Domains", "Domains:0" },
            { "McpOidc:IdentityProvider:CustomData", "org", "McpOidc__IdentityProvider__CustomData", "CustomData:name" },
            { "McpOidc:IdentityProvider:Scopes:0", "openid", "McpOidc__IdentityProvider__Scopes", "separated by spaces" },
            { "McpOidc:Tokens:AccessTokenLifetime:Value", "00:10:00", "McpOidc__Tokens__AccessTokenLifetime", "one text" },
            { "McpOidc:IdentityProvider:Preset", "99", "McpOidc__IdentityProvider__Preset", "Set it to one of" },
            { "McpOidc:IdentityProvider:Preset", "Auth0,Clerk", "McpOidc__IdentityProvider__Preset", "Set it to one of" },
            { "McpOidc:Tokens:RefreshTokenLifetime", "3650000.00:00:00", "McpOidc__Tokens__RefreshTokenLifetime", "a hundred years" },
            { "McpOidc:IdentityProvider:RefreshBefore", "-999999.00:00:00", "McpOidc__IdentityProvider__RefreshBefore", "a hundred years" },
        };

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Settings))]
    public async Task An_odd_value_is_accepted_or_refused_in_sentences(string setting)
    {
        foreach (var value in s_values)
        {
            var fault = await SetUpAsync(new() { [setting] = value });
            Assert.True(fault is null || StartFault.Describe(fault) is { Count: > 0 }, $"{setting}={value ?? "null"}: {fault}");
        }
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task A_value_that_would_have_no_effect_or_another_one_is_refused(
        string setting,
        string value,
        string variable,
        string remedy
    )
    {
        var sentence = Assert.Single(StartFault.Describe((await SetUpAsync(new() { [setting] = value }))!)!);
        Assert.Contains(variable, sentence, StringComparison.Ordinal);
        Assert.Contains(remedy, sentence, StringComparison.Ordinal);
    }

    private async Task<Exception?> SetUpAsync(Dictionary<string, string?> settings)
    {
        try
        {
            settings.TryAdd("McpOidc:Sqlite:Path", Path.Combine(_folder.FullName, "store.db"));
            await using var app = Build(settings);
            app.UseMcpOidc();
            app.MapMcpOidc();
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
    }

    private static WebApplication Build(Dictionary<string, string?> settings)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection([
            new("McpOidc:Issuer", "https://auth.example.com"),
            new("McpOidc:Resources:0:Uri", "https://auth.example.com/mcp"),
            new("McpOidc:ResourceServer:Resource", "https://auth.example.com/mcp"),
            new("McpOidc:Secret", new string('s', 40)),
            new("McpOidc:IdentityProvider:Issuer", "https://idp.example.com"),
            new("McpOidc:IdentityProvider:ClientId", "mcpoidc"),
        ]);
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRouting();
        builder.AddMcpOidc().AddAuthorizationServer().AddResourceServer().AddProcessGuards();
        return builder.Build();
    }

    private static IEnumerable<string> Below(Type type, string path)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var (below, name) = (property.PropertyType, $"{path}:{property.Name}");
            yield return name;
            if (below.IsGenericType && below.IsAssignableTo(typeof(IEnumerable)))
            {
                (below, name) = (below.GetGenericArguments()[^1], below.GetGenericArguments().Length == 1 ? $"{name}:0" : $"{name}:name");
                yield return name;
            }

            if (below.Namespace == type.Namespace && below is { IsEnum: false, IsClass: true })
            {
                foreach (var further in Below(below, name))
                {
                    yield return further;
                }
            }
        }
    }
}
