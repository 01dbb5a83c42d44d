using McpOidc.Hosting;
using McpOidc.Pages;
using Microsoft.AspNetCore.Http;

namespace McpOidc.ErrorResponses;

/// <summary>Faults on the authorization server's pages.</summary>
internal sealed class ErrorFaultPages(ErrorPage page) : FaultPages
{
    public override IResult Unexpected(int status) => page.Show("fault", PageText.ErrorFault, PageText.ErrorFaultAdvice, status);

    public override IResult StoreUnavailable() => page.TemporarilyUnavailable(ErrorPage.StoreUnavailable);
}
