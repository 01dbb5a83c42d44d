namespace McpOidc.Hosting;

/// <summary>Metadata of an endpoint of the application that McpOidc protects.</summary>
internal interface IProtectedEndpoint;
