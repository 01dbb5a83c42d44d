using System.Net.Http.Headers;

namespace McpOidc.AppHost;

/// <summary>
/// What an operator does at <c>/admin</c> of the auth server: a button in the dashboard, and <c>aspire resource auth rotate-keys</c>.
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
                    "Makes the next signing key the active one; tokens that the old one signed stay valid.",
                    "Publish the next signing key now?"
                )
            )
            .WithHttpCommand(
                "/admin/sessions/revoke-all",
                "Revoke all",
                "http",
                "revoke-all",
                Options(key, "SignOut", "Ends every sign-in of every client.", "Sign everybody out of every client, now?")
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
