using Microsoft.AspNetCore.Http;

namespace McpOidc.Token;

/// <summary>The grant that the current request is about to give. It is written together with its authorization code, which OpenIddict
/// makes.</summary>
internal sealed record NewGrant(GrantRecord Grant)
{
    public static NewGrant? Of(HttpContext? http) => http?.Features.Get<NewGrant>();

    public static void Hold(HttpContext http, GrantRecord grant) => http.Features.Set(new NewGrant(grant));
}
