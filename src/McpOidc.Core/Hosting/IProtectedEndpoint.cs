namespace McpOidc.Hosting;

/// <summary>Metadata of an application endpoint that McpOidc protects.</summary>
internal interface IProtectedEndpoint;
