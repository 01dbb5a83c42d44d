using System.Net.Http.Headers;

namespace McpOidc.AppHost;

/// <summary>The buttons of the dashboard: what an operator does at <c>/admin</c> of the auth server.</summary>
internal static class OperatorCommands
{
    public static IResourceBuilder<ProjectResource> WithOperatorCommands(this IResourceBuilder<ProjectResource> auth, IResourceBuilder<ParameterResource> key) => auth
        .WithOperatorCommand(key, "/admin/keys/rotate", "Rotate keys", "Key", "Publish the next signing key now?")
        .WithOperatorCommand(key, "/admin/sessions/revoke-all", "Revoke all sessions", "SignOut", "Sign everybody out of every client, now?")
        .WithOperatorCommand(key, "/admin/clients/reap", "Reap clients", "Broom", "Remove the registrations that nobody uses?");

    private static IResourceBuilder<ProjectResource> WithOperatorCommand(
        this IResourceBuilder<ProjectResource> auth, IResourceBuilder<ParameterResource> key, string path, string name, string icon, string question)
        => auth.WithHttpCommand(path, name, endpointName: "http", commandOptions: new HttpCommandOptions
        {
            Method = HttpMethod.Post,
            IconName = icon,
            ConfirmationMessage = question,
            ResultMode = HttpCommandResultMode.Json,
            PrepareRequest = async context => context.Request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await key.Resource.GetValueAsync(context.CancellationToken)),
        });
}
