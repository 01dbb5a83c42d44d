using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace McpOidc.AppHost.Tests;

/// <summary>
/// An AppHost's model as text, one line per fact: what each process receives, waits for and shows. Values known only later stay
/// expressions.
/// </summary>
internal static class ModelText
{
    // Added by Aspire itself, and different from version to version.
    private static readonly string[] s_aspires = ["aspire-dashboard", "-rebuilder"];
    private static readonly string[] s_aspiresVariables =
    [
        "OTEL_B",
        "OTEL_DOTNET",
        "OTEL_EXPORTER_OTLP_E",
        "OTEL_EXPORTER_OTLP_H",
        "OTEL_EXPORTER_OTLP_P",
        "OTEL_M",
        "OTEL_R",
        "OTEL_S",
        "OTEL_T",
        "DOTNET_",
        "LOGGING__",
    ];

    public static async Task<string> OfAsync(IDistributedApplicationBuilder builder, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var resource in builder.Resources.Where(resource => !s_aspires.Any(resource.Name.EndsWith)))
        {
            text.Append(resource.Name).Append(": ").AppendLine(Kind(resource, builder.AppHostDirectory));
            await foreach (var fact in FactsAsync(resource, builder, cancellationToken))
            {
                text.Append("  ").AppendLine(Plain(fact, builder));
            }
        }

        return text.ToString().ReplaceLineEndings("\n");
    }

    private static string Kind(IResource resource, string folder) =>
        resource switch
        {
            ProjectResource project =>
                $"project {Path.GetRelativePath(folder, project.GetProjectMetadata().ProjectPath).Replace('\\', '/')}",
            ContainerResource => resource
                .Annotations.OfType<ContainerImageAnnotation>()
                .Select(image => $"container {image.Registry}/{image.Image}:{image.Tag}")
                .Last(),
            ExecutableResource executable => $"executable {executable.Command}",
            ParameterResource { Secret: true } => "secret parameter",
            ParameterResource => "parameter",
            _ => resource.GetType().Name,
        };

    private static async IAsyncEnumerable<string> FactsAsync(
        IResource resource,
        IDistributedApplicationBuilder builder,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (resource is ParameterResource parameter)
        {
            yield return $"described as {parameter.Description}";
        }

        foreach (var annotation in resource.Annotations)
        {
            if (Fact(annotation) is { } fact)
            {
                yield return fact;
            }
        }

        foreach (var fact in await EnvironmentAsync(resource, builder.ExecutionContext, cancellationToken))
        {
            yield return fact;
        }

        foreach (var fact in await ArgumentsAsync(resource, builder.ExecutionContext, cancellationToken))
        {
            yield return fact;
        }

        foreach (var fact in await LinksAsync(resource, builder.ExecutionContext, cancellationToken))
        {
            yield return fact;
        }
    }

    private static string? Fact(IResourceAnnotation annotation) =>
        annotation switch
        {
            EndpointAnnotation endpoint => Endpoint(endpoint),
            WaitAnnotation wait => $"waits for {wait.Resource.Name}, {wait.WaitType}",
            HealthCheckAnnotation check => $"is healthy by {check.Key}",
            ResourceRelationshipAnnotation relation when relation.Type != "WaitFor" =>
                $"arrow to {relation.Resource.Name}, {relation.Type}",
            ResourceCommandAnnotation command when !command.Name.StartsWith("resource-", StringComparison.Ordinal) =>
                $"command {command.Name}, \"{command.DisplayName}\", {command.IconName}: {command.DisplayDescription} Asks: "
                    + $"{command.ConfirmationMessage}",
            ContainerMountAnnotation mount => $"mount {mount.Type} {mount.Source} at {mount.Target}",
            ContainerLifetimeAnnotation lifetime => $"lifetime {lifetime.Lifetime}",
            ContainerFileSystemCallbackAnnotation files => $"files at {files.DestinationPath}, owner {files.DefaultOwner}",
            HttpsCertificateAnnotation certificate => $"certificate of development: {certificate.UseDeveloperCertificate}",
            ResourceIconAnnotation icon => $"icon {icon.IconName}",
            ManifestPublishingCallbackAnnotation { Callback: null } => "not published",
            _ => null,
        };

    private static string Endpoint(EndpointAnnotation endpoint) =>
        $"endpoint {endpoint.Name}: {endpoint.UriScheme}, port {endpoint.Port?.ToString(CultureInfo.InvariantCulture) ?? "free"}, "
        + $"target port {endpoint.TargetPort?.ToString(CultureInfo.InvariantCulture) ?? "free"}"
        + (endpoint.IsProxied ? ", behind a proxy" : ", its own")
        + (endpoint.IsExternal ? ", external" : "");

    private static async Task<IEnumerable<string>> EnvironmentAsync(
        IResource resource,
        DistributedApplicationExecutionContext execution,
        CancellationToken cancellationToken
    )
    {
        var context = new EnvironmentCallbackContext(execution, resource, [], cancellationToken);
        Allocate(resource);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToList())
        {
            await annotation.Callback(context);
        }

        return context
            .EnvironmentVariables.OrderBy(variable => variable.Key, StringComparer.Ordinal)
            .Where(variable => !s_aspiresVariables.Any(variable.Key.StartsWith))
            .Select(variable => $"env {variable.Key} = {Expression(variable.Value)}");
    }

    // A callback that asks for a port must find one.
    private static void Allocate(IResource resource)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.AllocatedEndpoint ??= new AllocatedEndpoint(endpoint, "localhost", endpoint.Port ?? 1);
        }
    }

    private static async Task<IEnumerable<string>> ArgumentsAsync(
        IResource resource,
        DistributedApplicationExecutionContext execution,
        CancellationToken cancellationToken
    )
    {
        var context = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = execution };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.Args.Count == 0 ? [] : [$"arguments {string.Join(' ', context.Args.Select(Expression))}"];
    }

    private static async Task<IEnumerable<string>> LinksAsync(
        IResource resource,
        DistributedApplicationExecutionContext execution,
        CancellationToken cancellationToken
    )
    {
        var links =
            resource.TryGetEndpoints(out var endpoints) && resource is IResourceWithEndpoints owner
                ? endpoints
                    .Where(endpoint => endpoint.UriScheme is "http")
                    .Select(endpoint => new ResourceUrlAnnotation { Url = "", Endpoint = new(owner, endpoint) })
                    .ToList()
                : [];
        var context = new ResourceUrlsCallbackContext(execution, resource, links, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<ResourceUrlsCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        return context.Urls.Select(url => $"link \"{url.DisplayText}\" to {url.Endpoint?.EndpointName}{url.Url}, {url.DisplayLocation}");
    }

    private static string Expression(object value) => value is IManifestExpressionProvider provider ? provider.ValueExpression : $"{value}";

    // Replaces folders and names that depend on this machine or run.
    private static string Plain(string fact, IDistributedApplicationBuilder builder) =>
        System
            .Text.RegularExpressions.Regex.Replace(fact, "mcpoidc-[0-9a-f]{32}|mcpoidc.apphost-[0-9a-f]{10}", "{instance}")
            .Replace(builder.AppHostDirectory, "{folder}", StringComparison.Ordinal)
            .Replace(Path.GetTempPath(), "{temp}/", StringComparison.Ordinal);
}
