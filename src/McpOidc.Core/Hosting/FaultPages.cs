using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Shows faults to people as pages, where a role has pages; programs are told in JSON.</summary>
internal abstract class FaultPages
{
    /// <summary>Something went wrong here.</summary>
    public abstract IResult Unexpected(int status);

    /// <summary>The store does not answer.</summary>
    public abstract IResult StoreUnavailable();

    /// <summary>The pages, where there are some and the caller reads them.</summary>
    public static FaultPages? For(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? context.RequestServices.GetService(typeof(FaultPages)) as FaultPages
            : null;
}
