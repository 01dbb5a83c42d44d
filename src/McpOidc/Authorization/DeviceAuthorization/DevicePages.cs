using McpOidc.Configuration;
using McpOidc.Pages;
using McpOidc.SignIn;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>The pages of <c>/device</c>.</summary>
internal sealed class DevicePages(KnownResources resources, ScopeCatalog catalog, GrantOrigins origins, IOptions<McpOidcOptions> settings)
{
    public ResourceOptions ResourceOf(DeviceRequestRecord request) =>
        resources.Find(request.Resource) ?? new ResourceOptions { Uri = request.Resource };

    /// <summary>Asks for the code.</summary>
    /// <param name="http">The request.</param>
    /// <param name="visitor">The person.</param>
    /// <param name="formId">Identifies the form.</param>
    /// <param name="code">The code of a link, which the person compares; <see langword="null"/> if the person enters it.</param>
    /// <param name="problem">Why the page asks again.</param>
    public static IResult AskForCode(HttpContext http, Visitor visitor, string formId, string? code, PageText? problem) =>
        new DeviceCodePage(code is null ? null : UserCode.Show(code), problem)
        {
            Action = http.Request.PathBase + EndpointPaths.Device,
            FormToken = PageForm.Token(visitor.Browser, formId),
        }.Render();

    /// <summary>Asks whether the device may have access.</summary>
    public async Task<IResult> AskForAccessAsync(
        HttpContext http,
        Visitor visitor,
        DeviceRequestRecord request,
        AskedAccess asked,
        CancellationToken cancellationToken
    )
    {
        var scopes = await catalog.OfAsync(asked.Resource, cancellationToken);
        return new DeviceAccessPage(request, visitor, asked, scopes)
        {
            Action = http.Request.PathBase + EndpointPaths.Device,
            FormToken = PageForm.Token(visitor.Browser, asked.FormId),
            // Default scopes are not optional, as on the consent page.
            Optional = [.. asked.Scopes.Except(scopes.Default).Except(IdentityScopes.All)],
            Named = settings.Value.Scopes,
            IsElsewhere = origins.OfRequest()?.Address != request.Origin?.Address,
        }.Render();
    }

    /// <summary>The final page.</summary>
    public static IResult Done(PageText heading, PageText advice) =>
        new HtmlPage(
            StatusCodes.Status200OK,
            PageText.DeviceTitle,
            texts =>
                Html.Of(
                    $"""
                    <h1>{texts[heading]}</h1>
                    <p>{texts[advice]}</p>
                    """
                )
        );
}

/// <summary>The access that a person decides about.</summary>
/// <param name="Resource">The MCP server.</param>
/// <param name="Scopes">The requested scopes that the person may have.</param>
/// <param name="Code">The user code.</param>
internal sealed record AskedAccess(ResourceOptions Resource, string[] Scopes, string Code)
{
    public required string FormId { get; init; }

    /// <summary>The value of the link to use another account.</summary>
    public required string Another { get; init; }
}
