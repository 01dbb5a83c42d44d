namespace McpOidc.Hosting;

/// <summary>Why this application cannot start, in sentences for its operator; <see cref="StartFault"/> prints them without a stack
/// trace.</summary>
internal class StartException(string message, Exception? innerException = null) : InvalidOperationException(message, innerException);
