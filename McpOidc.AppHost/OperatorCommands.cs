using System.Net.Http.Headers;

namespace McpOidc.AppHost;

/// <summary>
/// What an operator can do at the authorization server's <c>/admin</c>: a button in the dashboard, and <c>aspire resource auth
/// rotate-keys</c>.
/// </summary>
internal static class OperatorCommands
{
    public static void WithOperatorCommands(this IResourceBuilder<ProjectResource> auth, IResourceBuilder<ParameterResource> key) =>
        auth.WithHttpCommand(
                "/admin/keys/rotate",
                "Rotate keys",
                "http",
                "rotate-keys",
                Options(
                    key,
                    "Key",
                    "Publishes the next signing key; tokens signed with the current one remain valid.",
                    "Publish the next signing key now?"
                )
            )
            .WithHttpCommand(
                "/admin/grants/revoke-all",
                "Revoke all",
                "http",
                "revoke-all",
                Options(key, "SignOut", "Ends every sign-in of every client.", "Sign all users out of all clients now?")
            )
            .WithHttpCommand(
                "/admin/clients/reap",
                "Reap clients",
                "http",
                "reap-clients",
                Options(key, "Broom", "Removes unused client registrations.", "Remove all unused client registrations?")
            );

    private static HttpCommandOptions Options(IResourceBuilder<ParameterResource> key, string icon, string description, string question) =>
        new()
        {
            Method = HttpMethod.Post,
            IconName = icon,
            Description = description,
            ConfirmationMessage = question,
            ResultMode = HttpCommandResultMode.Json,
            PrepareRequest = async context =>
                context.Request.Headers.Authorization = new AuthenticationHeaderValue(
                    "Bearer",
                    await key.Resource.GetValueAsync(context.CancellationToken)
                ),
        };
}
