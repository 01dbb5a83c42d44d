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
    /// <param name="visitor">Who types it.</param>
    /// <param name="formId">What the form is of.</param>
    /// <param name="code">The code that a link brought, which the person compares; <see langword="null"/> to type it.</param>
    /// <param name="problem">Why it is asked for again.</param>
    public static IResult AskForCode(HttpContext http, Visitor visitor, string formId, string? code, PageText? problem) =>
        new DeviceCodePage(code is null ? null : UserCode.Show(code), problem)
        {
            Action = http.Request.PathBase + EndpointPaths.Device,
            FormToken = PageForm.Token(visitor.Browser, formId),
        }.Render();

    /// <summary>Asks whether the device may have what it wants.</summary>
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
            // What a client needs to begin with is not up for choice, as on the consent page.
            Optional = [.. asked.Scopes.Except(scopes.Default).Except(IdentityScopes.All)],
            Named = settings.Value.Scopes,
            IsElsewhere = origins.OfRequest()?.Address != request.Origin?.Address,
        }.Render();
    }

    /// <summary>The end.</summary>
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

/// <summary>What a person is asked about.</summary>
/// <param name="Resource">The MCP server.</param>
/// <param name="Scopes">Of what the device asked for that which the person may have.</param>
/// <param name="Code">The code that was typed.</param>
internal sealed record AskedAccess(ResourceOptions Resource, string[] Scopes, string Code)
{
    public required string FormId { get; init; }

    /// <summary>What leads to another account.</summary>
    public required string Another { get; init; }
}
