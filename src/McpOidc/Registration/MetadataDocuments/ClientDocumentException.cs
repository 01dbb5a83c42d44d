namespace McpOidc.Registration.MetadataDocuments;

/// <summary>A client's metadata document is unusable, temporarily or permanently.</summary>
internal sealed class ClientDocumentException : Exception
{
    private const string Remedies =
        "If this server has no Internet access, its operator can set a proxy, pin the document, or disable metadata documents, so "
        + "that applications register themselves (McpOidc:Registration:ClientIdMetadataDocuments).";

    private ClientDocumentException(string message, bool isTemporary, Exception? innerException)
        : base(message, innerException) => IsTemporary = isTemporary;

    /// <summary>Whether the same request may succeed later with an unchanged document.</summary>
    public bool IsTemporary { get; }

    /// <summary>Set if the document was not even requested, because of a limit on requests to its host.</summary>
    public bool IsOverBudget { get; private init; }

    /// <summary>Set if there was no connection to its host, which says nothing about the document.</summary>
    public bool IsUnreachable { get; private init; }

    /// <param name="problem">A sentence in ASCII for the client's developer; nothing that the untrusted server sent.</param>
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
