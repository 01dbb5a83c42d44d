namespace McpOidc.Registration.MetadataDocuments;

/// <summary>What a host answered.</summary>
/// <param name="Body">The document, or <see langword="null"/> where the one that we have is still right (304).</param>
/// <param name="EntityTag">Its ETag, to ask with the next time.</param>
/// <param name="Freshness">For how long the cache headers call it fresh (RFC 9111 §4.2.1); nothing where they do not say.</param>
/// <param name="MayOutliveFreshness">Whether it may be kept beyond that time (RFC 9111 §5.2.2.5).</param>
internal sealed record FetchedDocument(byte[]? Body, string? EntityTag, TimeSpan? Freshness, bool MayOutliveFreshness)
{
    /// <summary>This document, kept no longer than the keys that belong to it: whoever replaces a key says so by the headers of the
    /// keys.</summary>
    public FetchedDocument TogetherWith(FetchedDocument keys) =>
        this with
        {
            Freshness = keys.Freshness is null || keys.Freshness < Freshness ? keys.Freshness : Freshness,
            MayOutliveFreshness = MayOutliveFreshness && keys.MayOutliveFreshness,
        };
}
