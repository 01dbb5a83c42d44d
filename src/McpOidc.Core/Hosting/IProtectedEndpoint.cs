namespace McpOidc.Hosting;

/// <summary>Metadata of an application endpoint that McpOidc protects.</summary>
internal interface IProtectedEndpoint
{
    /// <summary>Whether it protects even an endpoint that is open to everyone (<c>AllowAnonymous</c>).</summary>
    bool IsStrict => false;
}
