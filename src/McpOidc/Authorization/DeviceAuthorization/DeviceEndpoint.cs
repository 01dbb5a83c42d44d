using McpOidc.Configuration;
using McpOidc.Consent;
using McpOidc.ErrorResponses;
using McpOidc.Pages;
using McpOidc.RateLimits;
using McpOidc.Sessions;
using McpOidc.SignIn;
using McpOidc.Token;
using Microsoft.AspNetCore.Http;

namespace McpOidc.Authorization.DeviceAuthorization;

/// <summary>
/// <c>/device</c>: a person signs in, enters the user code, sees which client asks and from where, and decides (RFC 8628 §3.3). A link that
/// includes the code first asks whether the device shows it. Nothing is looked up before the person confirms (RFC 10027).
/// </summary>
internal sealed class DeviceEndpoint(
    GrantingVisits visits,
    BrowserSessions sessions,
    DeviceRequests devices,
    DeviceDecision decision,
    DevicePages pages,
    UserCodeLimit limit,
    ErrorPage errors,
    Issuer issuer
)
{
    public const string CodeParameter = "user_code";
    public const string CodeField = "code";
    public const string AnotherParameter = "another";

    public async Task<IResult> ShowAsync(HttpContext http, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var code = UserCode.Read(query[CodeParameter].ToString());
        var returnTo = EndpointPaths.Device + (code is null ? "" : QueryString.Create(CodeParameter, UserCode.Show(code)).Value);
        if (await FindAsync(http, cancellationToken) is not { } visitor)
        {
            return await visits.SignInAsync(http, returnTo, cancellationToken);
        }

        return query[AnotherParameter].ToString() is { Length: > 0 } asked && OpaqueToken.Matches(AnotherOf(visitor), asked)
            ? await visits.SignInWithAnotherAsync(http, returnTo, cancellationToken)
            : DevicePages.AskForCode(http, visitor, FormOf(visitor), code, problem: null);
    }

    public async Task<IResult> ContinueAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (await FindAsync(http, cancellationToken) is not { } visitor)
        {
            return new SeeOther(EndpointPaths.Device, IsPath: true);
        }

        var form = http.Request.HasFormContentType ? await http.Request.ReadFormAsync(cancellationToken) : FormCollection.Empty;
        var isDecision = form.ContainsKey(ConsentEndpoint.DecisionField);
        if (!isDecision && !PageForm.IsOurs(http.Request, form, issuer, visitor.Browser, FormOf(visitor)))
        {
            return Refuse();
        }

        if (await limit.FindRefusalAsync(http, visitor.Subject) is { } refusal)
        {
            return TooManyRequests.Show(errors, refusal);
        }

        if (await devices.FindByUserCodeAsync(form[CodeField].ToString(), cancellationToken) is not { } request)
        {
            await limit.CountAsync(http, visitor.Subject);
            return DevicePages.AskForCode(http, visitor, FormOf(visitor), code: null, PageText.DeviceUnknown);
        }

        if (isDecision && !PageForm.IsOurs(http.Request, form, issuer, visitor.Browser, FormOf(visitor, request)))
        {
            return Refuse();
        }

        if (request.IsAllowed is not null)
        {
            await devices.ConfirmAsync(request, cancellationToken);
            return DevicePages.Done(PageText.DeviceDone, PageText.DeviceDoneAdvice);
        }

        return isDecision
            // Completed even if the browser disconnects.
            ? await DecideAsync(http, visitor, request, form, CancellationToken.None)
            : await AskAsync(http, visitor, request, form[CodeField].ToString(), cancellationToken);
    }

    private async Task<IResult> AskAsync(
        HttpContext http,
        Visitor visitor,
        DeviceRequestRecord request,
        string code,
        CancellationToken cancellationToken
    )
    {
        var resource = pages.ResourceOf(request);
        return await decision.JudgeAsync(visitor.User, request, resource, cancellationToken) is { } scopes
            ? await pages.AskForAccessAsync(
                http,
                visitor,
                request,
                new AskedAccess(resource, scopes, UserCode.Read(code)!)
                {
                    FormId = FormOf(visitor, request),
                    Another = OpaqueToken.Hash(AnotherOf(visitor)),
                },
                cancellationToken
            )
            : NotAllowed();
    }

    private async Task<IResult> DecideAsync(
        HttpContext http,
        Visitor visitor,
        DeviceRequestRecord request,
        IFormCollection form,
        CancellationToken cancellationToken
    )
    {
        if (form[ConsentEndpoint.DecisionField] != ConsentEndpoint.Allow)
        {
            return await DenyAsync(visitor, request, cancellationToken);
        }

        if (
            await decision.JudgeAsync(visitor.User, request, pages.ResourceOf(request), cancellationToken) is not { } scopes
            || await sessions.FindAsync(http, cancellationToken) is not { } session
        )
        {
            return NotAllowed();
        }

        string[] allowed = [.. scopes.Except(ConsentDecision.LeftOut(form))];
        if (allowed.Length == 0)
        {
            // As at /authorize: a person who leaves everything out has denied access.
            return await DenyAsync(visitor, request, cancellationToken);
        }

        if (await limit.SpendAsync(visitor.Subject) is { } refusal)
        {
            return TooManyRequests.Show(errors, refusal);
        }

        return await decision.AllowAsync(visitor, session, request, allowed, cancellationToken)
            ? DevicePages.Done(PageText.DeviceAllowed, PageText.DeviceAllowedAdvice)
            : DevicePages.Done(PageText.DeviceDone, PageText.DeviceDoneAdvice);
    }

    private async Task<IResult> DenyAsync(Visitor visitor, DeviceRequestRecord request, CancellationToken cancellationToken) =>
        await decision.DenyAsync(visitor.Subject, request, cancellationToken)
            ? DevicePages.Done(PageText.DeviceDenied, PageText.DeviceDeniedAdvice)
            : DevicePages.Done(PageText.DeviceDone, PageText.DeviceDoneAdvice);

    private ValueTask<Visitor?> FindAsync(HttpContext http, CancellationToken cancellationToken) =>
        visits.FindAsync(http, TimeSpan.MaxValue, cancellationToken);

    private IResult Refuse() => errors.Show("device_form_not_valid", PageText.ErrorPageOld, PageText.ErrorPageOldAdvice);

    private IResult NotAllowed() =>
        errors.Show("device_refused", PageText.ErrorNotAllowed, PageText.ErrorNotAllowedAdvice, StatusCodes.Status403Forbidden);

    private static string FormOf(Visitor visitor) => $"device.{visitor.Subject}";

    // Bound to this request: the decision applies to what the page showed.
    private static string FormOf(Visitor visitor, DeviceRequestRecord request) => $"device.{visitor.Subject}.{request.Id}.{request.Hash}";

    private static string AnotherOf(Visitor visitor) => $"{visitor.Browser}.device.another";
}
