namespace McpOidc.Registration.MetadataDocuments;

/// <summary>A client's metadata document cannot be used, now or at all.</summary>
internal sealed class ClientDocumentException : Exception
{
    private const string Remedies =
        "If this server has no way to the internet, its operator can name a proxy, pin the document, or switch metadata documents off, so "
        + "that applications register themselves (McpOidc:Registration:ClientIdMetadataDocuments).";

    private ClientDocumentException(string message, bool isTemporary, Exception? innerException)
        : base(message, innerException) => IsTemporary = isTemporary;

    /// <summary>Whether the same request may succeed later without anybody mending the document.</summary>
    public bool IsTemporary { get; }

    /// <summary>Set when the document was not even asked for, because its host was asked too often.</summary>
    public bool IsOverBudget { get; private init; }

    /// <summary>Set when there was no connection to its host, which so said nothing of the document.</summary>
    public bool IsUnreachable { get; private init; }

    /// <param name="problem">A sentence in ASCII for the client's developer; nothing of what a stranger's server sent.</param>
    /// <param name="cause">For the log.</param>
    public static ClientDocumentException Refused(string problem, Exception? cause = null) => new(problem, isTemporary: false, cause);

    /// <inheritdoc cref="Refused"/>
    public static ClientDocumentException Unavailable(string problem, Exception? cause = null) => new(problem, isTemporary: true, cause);

    /// <inheritdoc cref="Refused"/>
    public static ClientDocumentException Unreachable(string problem, Exception? cause = null) =>
        new($"{problem} {Remedies}", isTemporary: true, cause) { IsUnreachable = true };

    /// <inheritdoc cref="Refused"/>
    public static ClientDocumentException OverBudget(string problem) =>
        new(problem, isTemporary: true, innerException: null) { IsOverBudget = true };
}
