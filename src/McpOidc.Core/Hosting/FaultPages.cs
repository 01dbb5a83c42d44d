using Microsoft.AspNetCore.Http;

namespace McpOidc.Hosting;

/// <summary>Shows faults to users as pages, if a role has pages; programs get JSON.</summary>
internal abstract class FaultPages
{
    /// <summary>An internal error.</summary>
    public abstract IResult Unexpected(int status);

    /// <summary>The store does not respond.</summary>
    public abstract IResult StoreUnavailable();

    /// <summary>The pages, if there are any and the caller reads HTML.</summary>
    public static FaultPages? For(HttpContext context) =>
        context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            ? context.RequestServices.GetService(typeof(FaultPages)) as FaultPages
            : null;
}
