using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;

namespace McpOidc.AppHost.Tests;

/// <summary>What tests change in the model before it starts.</summary>
internal static class Changes
{
    public static IResourceBuilder<ProjectResource> Auth(IDistributedApplicationTestingBuilder builder)
        => builder.CreateResourceBuilder(builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == "auth"));

    /// <summary>So short that clients refresh all the time.</summary>
    public static void ShortLivedTokens(IDistributedApplicationTestingBuilder builder)
        => Auth(builder).WithEnvironment("McpOidc__Tokens__AccessTokenLifetime", "00:00:01");
}
