using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpOidc.Tests.Hosting;

/// <summary>A bearer scheme of the application, in place of JwtBearer.</summary>
internal sealed class KeyHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
        Task.FromResult(
            Request.Headers.Authorization == "Bearer key"
                ? AuthenticateResult.Success(
                    new(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "key")], Scheme.Name)), Scheme.Name)
                )
                : AuthenticateResult.NoResult()
        );
}
